namespace SuperD.Configuration;

/// <summary>Where something stands in a text file: its first character, and how many characters it covers on that line.</summary>
/// <remarks>Line and column count from 1, the column in Unicode code points, as editors show it. 0:0 means "the file as a whole".</remarks>
internal readonly record struct SourceSpan(int Line, int Column, int Length = 1)
{
    /// <summary>The file as a whole: used for problems that have no place of their own in it (missing key, unreadable file).</summary>
    public static readonly SourceSpan WholeFile = default;
}
