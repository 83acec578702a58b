namespace SuperD.Configuration.Toml;

/// <summary>A TOML file as read: the tree of what could be understood, and every problem found on the way.</summary>
/// <param name="Root">The top table; holds what was good, also when there are errors.</param>
/// <param name="Diagnostics">All syntax errors, each with its place; empty when the file is valid TOML 1.0.</param>
internal sealed record TomlDocument(TomlTable Root, IReadOnlyList<Diagnostic> Diagnostics)
{
    /// <summary>Reads a TOML 1.0 document. Never throws for any bytes, and takes time linear in their number.</summary>
    /// <param name="utf8">The file's bytes; a byte order mark is skipped, CRLF accepted, invalid UTF-8 is an error with its place.</param>
    /// <param name="file">The file's name for messages.</param>
    public static TomlDocument Parse(ReadOnlySpan<byte> utf8, string file) => throw new NotImplementedException();
}
