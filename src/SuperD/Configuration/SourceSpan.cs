namespace SuperD.Configuration;

/// <summary>A place in a text file: the first character, and the number of characters on that line.</summary>
/// <remarks>Line and column count from 1, the column in Unicode code points, as in editors. 0:0 means the file as a whole.</remarks>
internal readonly record struct SourceSpan(int Line, int Column, int Length = 1)
{
    /// <summary>The file as a whole: for problems without a place of their own (a missing key, an unreadable file).</summary>
    public static readonly SourceSpan WholeFile = default;
}
