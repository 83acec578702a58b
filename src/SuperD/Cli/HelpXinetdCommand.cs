using System.CommandLine;
using System.Text;
using SuperD.Cli.Manual;
using SuperD.Importing.Xinetd;

namespace SuperD.Cli;

/// <summary><c>superd help xinetd</c>: each attribute of xinetd and its key here, for a terminal of 80 columns.</summary>
/// <remarks>From the table that the import uses.</remarks>
internal static class HelpXinetdCommand
{
    public const string Name = "xinetd";

    private const int Width = 80, NameWidth = 15, HereWidth = 15, NoteColumn = NameWidth + HereWidth + 2;

    /// <summary>Builds the command.</summary>
    public static Command Build()
    {
        Command xinetd = new(Name, "List every attribute of xinetd and its key in a service file");
        xinetd.SetAction(_ =>
        {
            Console.Out.Write(Render());
            return ExitCode.Ok;
        });
        return xinetd;
    }

    /// <summary>The page.</summary>
    internal static string Render()
    {
        var page = new StringBuilder();
        page.AppendLine("xinetd's attributes and their keys in a service file. 'superd import xinetd'");
        page.AppendLine("writes such files, 'superd help keys' explains the keys. '-': no counterpart.");
        Table(page, "ATTRIBUTES", XinetdAttributes.Rows.Select(row => (row.Name, row.Here, row.Note)));
        Table(page, "FLAGS", XinetdAttributes.Flags.Select(row => (row.Name, row.Here, row.Note)));
        Table(page, "TYPES", XinetdAttributes.Types.Select(row => (row.Name, row.Here, row.Note)));
        return page.ToString();
    }

    private static void Table(StringBuilder page, string title, IEnumerable<(string Name, string Here, string Note)> rows)
    {
        page.AppendLine();
        Row(page, title, "here", "");
        foreach ((string name, string here, string note) in rows)
        {
            Row(page, name, here, note);
        }
    }

    private static void Row(StringBuilder page, string name, string here, string note)
    {
        string before = $"{name.PadRight(NameWidth)} {here.PadRight(HereWidth)}";
        foreach (string line in WordWrap.Lines(note, Width - NoteColumn))
        {
            page.AppendLine($"{before} {line}".TrimEnd());
            before = new string(' ', NoteColumn - 1);
        }
    }
}
