using SuperD.Configuration;

namespace SuperD.Importing;

/// <summary>Why a source was not imported at all.</summary>
/// <param name="Text">A line for the user, without a final dot.</param>
/// <param name="IsOtherContent">True: the file was read, and is no configuration of this kind. False: it could not be read.</param>
internal sealed record ImportProblem(string Text, bool IsOtherContent = false)
{
    /// <summary>A problem of <see cref="SourceText"/> with a file.</summary>
    public static ImportProblem Of(string file, string why) => new($"{Wording.Path(file)} {why}", why == SourceText.NotText);

    /// <summary>Several problems as one, each a line of its text.</summary>
    public static ImportProblem All(IReadOnlyList<ImportProblem> problems) =>
        new(string.Join('\n', problems.Select(problem => problem.Text)), problems.All(problem => problem.IsOtherContent));

    /// <summary>The file was read, and has nothing but comments.</summary>
    public static ImportProblem Empty(string file) =>
        new($"{Wording.Path(file)} has no service: it is empty, or all its lines are comments", IsOtherContent: true);

    /// <summary>The file was read, and is no configuration of this kind.</summary>
    /// <param name="file">The file.</param>
    /// <param name="kind">What it should be: <c>configuration of xinetd</c>.</param>
    /// <param name="missing">What none of its lines is.</param>
    public static ImportProblem NoSuch(string file, string kind, string missing) =>
        new($"{Wording.Path(file)} is no {kind}: {missing}", IsOtherContent: true);
}
