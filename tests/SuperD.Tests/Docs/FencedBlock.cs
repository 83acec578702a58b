namespace SuperD.Tests.Docs;

/// <summary>A fenced block of a page, an example.</summary>
/// <param name="Place">Page and line, for the test's name: <c>src/docs/access.md:5</c>.</param>
/// <param name="Language">The first word after the fence: <c>toml</c>, <c>sh</c>, <c>console</c>.</param>
/// <param name="Mark">The second word, such as <c>fragment</c>, or an empty string.</param>
internal sealed record FencedBlock(string Place, string Language, string Mark, string Text)
{
    /// <summary>Whether it is a complete program rather than commands to type.</summary>
    public bool IsProgram => Text.StartsWith("#!", StringComparison.Ordinal);

    public string[] Lines => Text.TrimEnd('\n').Split('\n');

    public override string ToString() => Place;
}
