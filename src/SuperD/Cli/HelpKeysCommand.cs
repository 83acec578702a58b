using System.CommandLine;
using System.Text;
using SuperD.Cli.Manual;

namespace SuperD.Cli;

/// <summary><c>superd help keys</c>: the reference of all keys, for a terminal of 80 columns or as a Markdown page.</summary>
internal static class HelpKeysCommand
{
    private const int Width = 80, NameWidth = 20, TypeWidth = 32;

    private static readonly string s_indent = new(' ', 4);

    public static Command Build()
    {
        Option<bool> markdown = new("--markdown") { Description = "Print the page in Markdown" };
        Command keys = new("keys", "List every key of superd.toml and the service files") { markdown };
        keys.SetAction(parsed =>
        {
            Console.Out.Write(parsed.GetValue(markdown) ? KeyMarkdown.Render() : Render());
            return ExitCode.Ok;
        });
        return keys;
    }

    internal static string Render()
    {
        var page = new StringBuilder();
        page.AppendLine("Keys of a service file, services.d/NAME.toml. Those marked * may also stand");
        page.AppendLine("in [defaults] of superd.toml, for every service that does not set them itself.");
        page.AppendLine();
        Entries(page, KeyReference.ServiceKeys);
        page.AppendLine("Keys of superd.toml.");
        page.AppendLine();
        Entries(page, KeyReference.ServerKeys);
        page.AppendLine(KeyReference.Durations);
        page.AppendLine(KeyReference.Sizes);
        return page.ToString();
    }

    private static void Entries(StringBuilder page, IEnumerable<KeyEntry> entries)
    {
        Head(page, "key", "type", "default");
        foreach (KeyEntry entry in entries)
        {
            string name = entry.IsShared ? entry.Name + "*" : entry.Name;
            Head(page, name, entry.Key.Type, entry.Key.Default.Length > 0 ? entry.Key.Default : "-");
            Wrap(page, entry.Help);
            Wrap(page, entry.Example);
            page.AppendLine();
        }
    }

    private static void Head(StringBuilder page, string name, string type, string @default) =>
        page.Append(name.PadRight(NameWidth)).Append(' ').Append(type.PadRight(TypeWidth)).Append(' ').AppendLine(@default);

    private static void Wrap(StringBuilder page, string text)
    {
        foreach (string line in WordWrap.Lines(text, Width - s_indent.Length))
        {
            page.Append(s_indent).AppendLine(line);
        }
    }
}
