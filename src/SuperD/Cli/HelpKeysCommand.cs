using System.CommandLine;
using System.Text;
using SuperD.Cli.Manual;

namespace SuperD.Cli;

/// <summary>
/// <c>superd help keys [KEY]</c>: the reference of all keys, or of one, for a terminal of 80 columns; all as a Markdown page.
/// </summary>
internal static class HelpKeysCommand
{
    public const string Name = "keys";

    /// <summary>The name of its argument, which shells complete.</summary>
    public const string KeyValue = "KEY";

    private const int Width = 80, NameWidth = 20, TypeWidth = 32;

    private static readonly string s_indent = new(' ', 4);
    private static readonly KeyEntry[] s_entries = [.. KeyReference.AllKeys];

    public static Command Build()
    {
        Argument<string?> name = new("key")
        {
            HelpName = KeyValue,
            Description = "Only this key: listen, rlimit.nofile, log.level",
            Arity = ArgumentArity.ZeroOrOne,
        };
        name.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: { Length: > 0 } written }] && !Find(written).Any())
            {
                string meant = UsageError.DidYouMean(written, s_entries.Select(entry => entry.PlainName));
                result.AddError($"there is no key '{written}'{meant}; 'superd help keys' lists all");
            }
        });
        Option<bool> markdown = new("--markdown") { Description = "Print the page in Markdown" };
        Command keys = new(Name, "List every key of superd.toml and the service files, or explain one") { name, markdown };
        keys.SetAction(parsed =>
        {
            Console.Out.Write(
                parsed.GetValue(name) is { } written ? Render(written)
                : parsed.GetValue(markdown) ? KeyMarkdown.Render()
                : Render());
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

    /// <summary>The entries of one key; more than one if several tables have a key of that name.</summary>
    internal static string Render(string name)
    {
        var page = new StringBuilder();
        KeyEntry[] found = [.. Find(name)];
        Entries(page, found);
        if (found.Any(entry => entry.IsShared))
        {
            page.AppendLine("*: may also stand in [defaults] of superd.toml, for every service that does not");
            page.AppendLine("set it itself.");
        }

        return page.ToString().TrimEnd('\n') + '\n';
    }

    /// <summary>Finds a key by its whole name, or by its name without its table.</summary>
    private static IEnumerable<KeyEntry> Find(string name)
    {
        KeyEntry[] exact = [.. s_entries.Where(entry => entry.PlainName == name.Trim('[', ']', '*'))];
        return exact.Length > 0 ? exact : s_entries.Where(entry => entry.PlainName.EndsWith($".{name}", StringComparison.Ordinal));
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
