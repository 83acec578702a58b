using SuperD.Configuration;

namespace SuperD.Importing;

/// <summary>A line of an imported file.</summary>
/// <param name="File">The path as the user would write it.</param>
/// <param name="Line">From 1.</param>
internal sealed record SourceLine(string File, int Line)
{
    /// <summary><c>FILE:LINE</c>.</summary>
    public override string ToString() => $"{Wording.Path(File)}:{Line}";
}
