namespace SuperD.Configuration.Toml;

/// <summary>A TOML file as read: the tree of the valid part, and every problem in the rest.</summary>
/// <param name="Root">The top table. After an error it holds what is valid; a statement with an error in it is left out.</param>
/// <param name="Diagnostics">
/// The syntax errors, each with its place, in the order of lines and at most one for a line; empty when the file is valid TOML 1.1.
/// <see cref="TomlProblems.MaxReported"/> of them at most.
/// </param>
/// <param name="Unlisted">How many more lines have an error.</param>
internal sealed record TomlDocument(TomlTable Root, IReadOnlyList<Diagnostic> Diagnostics, int Unlisted)
{
    /// <summary>The largest file that is read: hundreds of times what a person writes, and still read in a moment.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>How deep tables and arrays may be nested, so that reading and using the tree never exhausts the stack.</summary>
    public const int MaxDepth = 128;

    /// <summary>The message for what goes beyond <see cref="MaxDepth"/>.</summary>
    public static readonly string TooDeep =
        $"this is nested more than {MaxDepth} tables or arrays deep; check the brackets and dots, or write it flatter";

    /// <summary>Reads a TOML 1.1 document. Never throws for any bytes, and takes time linear in their number.</summary>
    /// <param name="utf8">The file's bytes; a byte order mark is skipped, CRLF accepted, invalid UTF-8 is an error with its place.</param>
    /// <param name="file">The file's name for messages.</param>
    public static TomlDocument Parse(ReadOnlySpan<byte> utf8, string file)
    {
        TomlProblems problems = new(file);
        string? text = TomlText.Decode(utf8, problems);
        TomlTable root = text is null ? new TomlTable([], SourceSpan.WholeFile) : new TomlReader(text, problems).Read();
        return new TomlDocument(root, problems.ToList(), problems.Unlisted);
    }
}
