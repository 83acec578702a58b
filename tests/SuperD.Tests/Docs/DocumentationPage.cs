using System.Text.RegularExpressions;
using SuperD.Tests.Support;

namespace SuperD.Tests.Docs;

/// <summary>README.md or a page of src/docs.</summary>
internal sealed partial class DocumentationPage
{
    private DocumentationPage(string path)
    {
        Path = path;
        Text = File.ReadAllText(Repository.PathOf(path));
        string[] lines = Text.Split('\n');
        var blocks = new List<FencedBlock>();
        var prose = new List<string>();
        for (int i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith("```", StringComparison.Ordinal))
            {
                prose.Add(lines[i]);
                continue;
            }

            int end = Array.IndexOf(lines, "```", i + 1);
            string[] info = lines[i][3..].Split(' ');
            string text = string.Join('\n', lines[(i + 1)..end]) + "\n";
            blocks.Add(new FencedBlock($"{path}:{i + 1}", info[0], info.Length > 1 ? info[1] : "", text));
            i = end;
        }

        Blocks = blocks;
        Prose = string.Join('\n', prose.Where(line => !line.StartsWith("    ", StringComparison.Ordinal)));
    }

    public static IReadOnlyList<DocumentationPage> All { get; } =
    [
        new DocumentationPage("README.md"),
        .. Directory.GetFiles(Repository.PathOf("src/docs"), "*.md").Order()
            .Select(file => new DocumentationPage("src/docs/" + System.IO.Path.GetFileName(file))),
    ];

    /// <summary>Relative to the root of the repository.</summary>
    public string Path { get; }

    public string Text { get; }

    public IReadOnlyList<FencedBlock> Blocks { get; }

    /// <summary>The page without its fenced and indented blocks.</summary>
    public string Prose { get; }

    /// <summary>The code spans, without their backquotes.</summary>
    public IEnumerable<string> CodeSpans => CodeSpan().Matches(Prose).Select(match => match.Groups[1].Value);

    /// <summary>The targets of the links, as written.</summary>
    public IEnumerable<string> Links => Link().Matches(CodeSpan().Replace(Prose, "code")).Select(match => match.Groups[1].Value);

    /// <summary>The anchors that GitHub gives the headings.</summary>
    public IEnumerable<string> Anchors => Heading().Matches(Prose)
        .Select(match => NoAnchor().Replace(match.Groups[1].Value.ToLowerInvariant(), "").Replace(' ', '-'));

    public override string ToString() => Path;

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex CodeSpan();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w -]")]
    private static partial Regex NoAnchor();
}
