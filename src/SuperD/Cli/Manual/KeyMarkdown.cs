using System.Text;

namespace SuperD.Cli.Manual;

/// <summary>The reference of all keys as a Markdown page, src/docs/keys.md.</summary>
internal static class KeyMarkdown
{
    private const int Width = 120;

    public static string Render()
    {
        var page = new StringBuilder();
        page.Append("# Key reference\n\nThis page is generated from the key table: `superd help keys --markdown > src/docs/keys.md`.\n");
        page.Append("`superd help keys` prints it for a terminal; `superd help man superd-service | man -l -` shows the manual page.\n\n");
        page.Append($"{KeyReference.Durations}\n{KeyReference.Sizes}\n");
        page.Append("\n## Keys of a service file\n\nKeys marked \\* may also stand in `[defaults]` of superd.toml,\n");
        page.Append("for every service that does not set them itself.\n");
        AppendEntries(page, KeyReference.ServiceKeys);
        page.Append("\n## Keys of superd.toml\n");
        AppendEntries(page, KeyReference.ServerKeys);
        return page.ToString();
    }

    private static void AppendEntries(StringBuilder page, IEnumerable<KeyEntry> entries)
    {
        foreach (KeyEntry entry in entries)
        {
            page.Append($"\n### {entry.Name}{(entry.IsShared ? " \\*" : "")}\n\n{Escape(entry.Key.Type)}");
            page.Append(entry.Key.Default.Length > 0 ? $"; default: {Escape(entry.Key.Default)}\n\n" : "\n\n");
            page.AppendJoin('\n', WordWrap.Lines(Escape(entry.Help), Width)).Append($"\n\n    {entry.Example}\n");
        }
    }

    /// <summary>The help has no other character that Markdown would not show as it is.</summary>
    private static string Escape(string text) => text.Replace("*", "\\*").Replace("<", "\\<");
}
