using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Importing.Systemd;

/// <summary>A file of EnvironmentFile=, as it is at the time of the import.</summary>
/// <param name="Lines">Its lines; none with a problem.</param>
/// <param name="Problem">Why it was not read; otherwise null.</param>
/// <param name="IsLost">Whether systemd would start the program otherwise than superd without it, or not at all.</param>
internal sealed record EnvironmentFile(string[] Lines, string? Problem, bool IsLost)
{
    /// <summary>Reads the file of a line. If not everyone may read it, it holds secrets, which must not enter a service file.</summary>
    /// <param name="line">The directive: a '-' before the path lets the file be missing.</param>
    /// <param name="unit">The name of the service unit.</param>
    public static EnvironmentFile Read(UnitLine line, string unit)
    {
        const int OthersRead = 0b100;
        bool mayBeMissing = line.Value.StartsWith('-');
        (string file, string? unknown) = UnitWords.FillSpecifiers(mayBeMissing ? line.Value[1..] : line.Value, unit);
        if (unknown is not null)
        {
            return Lost(unknown);
        }

        if (!file.StartsWith('/'))
        {
            return new EnvironmentFile([], "no absolute path, so systemd ignores it", IsLost: false);
        }

        if (file.AsSpan().ContainsAny("*?["))
        {
            return Lost("a pattern: name its files, one a line, and import again");
        }

        SmallFile read = SmallFile.Read(file, SourceText.Largest);
        string name = Wording.Path(file);
        if (read.Errno == Errno.ENOENT)
        {
            return new EnvironmentFile(
                [],
                $"{name} {read.Why}{(mayBeMissing ? "" : "; systemd does not start the program without it")}",
                IsLost: !mayBeMissing);
        }

        (string[] lines, string? problem) = read.IsGood && (read.Status.Permissions & OthersRead) == 0
            ? ([], "is not readable for everybody, so what it says was not written into a service file: write env, and what exec needs "
                + "of it, by hand")
            : SourceText.LinesOf(read);
        problem ??= lines.All(SourceText.IsUtf8) ? null : SourceText.NotUtf8;
        return problem is null ? new EnvironmentFile(lines, null, IsLost: false) : Lost($"{name} {problem}");
    }

    private static EnvironmentFile Lost(string problem) => new([], problem, IsLost: true);
}
