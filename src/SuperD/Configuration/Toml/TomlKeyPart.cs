namespace SuperD.Configuration.Toml;

/// <summary>One part of a dotted key or of a header's name.</summary>
/// <param name="Name">As meant: without quotes, escapes resolved.</param>
internal readonly record struct TomlKeyPart(string Name, SourceSpan Span);
