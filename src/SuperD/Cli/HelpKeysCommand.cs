using System.CommandLine;
using System.Text;
using SuperD.Configuration.Keys;

namespace SuperD.Cli;

/// <summary><c>superd help keys</c>: the reference of all keys, from the key table, for a terminal of 80 columns.</summary>
internal static class HelpKeysCommand
{
    private const int Width = 80, NameWidth = 20, TypeWidth = 32;

    private static readonly string s_indent = new(' ', 4);

    public static Command Build()
    {
        Command keys = new("keys", "List every key of superd.toml and the service files");
        keys.SetAction(_ =>
        {
            Console.Out.Write(Render());
            return ExitCode.Ok;
        });
        return keys;
    }

    internal static string Render()
    {
        var page = new StringBuilder();
        page.AppendLine("Keys of a service file, services.d/NAME.toml (those marked * may also stand");
        page.AppendLine("in [defaults] of superd.toml, and hold for every service that does not say");
        page.AppendLine("otherwise).");
        page.AppendLine();
        Head(page, "key", "type", "default");
        foreach (Key key in KeyTable.Rows)
        {
            if (key.Places.HasFlag(KeyPlaces.Service))
            {
                Row(page, key.Name + (key.Places.HasFlag(KeyPlaces.Defaults) ? "*" : ""), key);
            }

            if (key.Places.HasFlag(KeyPlaces.Limits))
            {
                Row(page, $"rlimit.{key.Name}*", key);
            }
        }

        page.AppendLine("Keys of superd.toml.");
        page.AppendLine();
        Head(page, "key", "type", "default");
        foreach (Key key in KeyTable.Rows)
        {
            if (key.Places.HasFlag(KeyPlaces.Server))
            {
                Row(page, key is TableKey ? $"[{key.Name}]" : key.Name, key);
            }

            if (key.Places.HasFlag(KeyPlaces.Log))
            {
                Row(page, $"log.{key.Name}", key);
            }

            if (key.Places.HasFlag(KeyPlaces.Control))
            {
                Row(page, $"control.{key.Name}", key);
            }
        }

        page.AppendLine("Durations: a number and a unit, d h m s ms, also joined: \"1m30s\".");
        page.AppendLine("Sizes: bytes, or a number and a unit, K M G T, powers of 1024: \"64M\".");
        return page.ToString();
    }

    private static void Row(StringBuilder page, string name, Key key)
    {
        Head(page, name, key.Type, key.Default.Length > 0 ? key.Default : "-");
        Wrap(page, key.Help);
        Wrap(page, $"{name.TrimEnd('*').Trim('[', ']')} = {key.Example}");
        page.AppendLine();
    }

    private static void Head(StringBuilder page, string name, string type, string @default) =>
        page.Append(name.PadRight(NameWidth)).Append(' ').Append(type.PadRight(TypeWidth)).Append(' ').AppendLine(@default);

    private static void Wrap(StringBuilder page, string text)
    {
        int column = 0;
        foreach (string word in text.Split(' '))
        {
            if (column > 0 && column + 1 + word.Length > Width)
            {
                page.AppendLine();
                column = 0;
            }

            string before = column == 0 ? s_indent : " ";
            page.Append(before).Append(word);
            column += before.Length + word.Length;
        }

        page.AppendLine();
    }
}
