using SuperD.Configuration;
using SuperD.Control.Messages;

namespace SuperD.Cli;

/// <summary>The effect of a key in <c>superd top</c> outside the view.</summary>
internal enum TopWish
{
    /// <summary>None; the view may have changed.</summary>
    Nothing,

    /// <summary>Leave <c>superd top</c>.</summary>
    Quit,

    /// <summary>End <see cref="TopView.Selected"/>.</summary>
    End,

    /// <summary>Take a snapshot at once: another page needs other things.</summary>
    Look,
}

/// <summary>The screen of <c>superd top</c>: shows connections and handles keys.</summary>
internal sealed class TopView
{
    private const int LinesAround = 5;

    /// <summary>Lines of the log that are asked for: more than any terminal shows.</summary>
    public const int MostLogLines = 500;

    private static readonly (string Name, Comparison<ConnectionState> Compare)[] s_orders =
    [
        ("age", (a, b) => b.AgeMs.CompareTo(a.AgeMs)),
        ("idle", (a, b) => Nullable.Compare(b.IdleMs, a.IdleMs)),
        ("in", (a, b) => Nullable.Compare(b.BytesIn, a.BytesIn)),
        ("out", (a, b) => Nullable.Compare(b.BytesOut, a.BytesOut)),
        ("cpu", (a, b) => Nullable.Compare(b.CpuMs, a.CpuMs)),
        ("mem", (a, b) => Nullable.Compare(b.MemKib, a.MemKib)),
        ("service", (a, b) => string.CompareOrdinal(a.Service, b.Service)),
    ];

    private readonly bool _isUnicode = Terminal.IsUnicode;
    private List<ConnectionState> _shown = [];
    private IReadOnlyList<FollowedLine> _log = [];
    private ControlReply _reply = new();
    private string _filter = string.Empty;
    private int _order;
    private int _row;
    private int _scrolled;
    private bool _isTyping;
    private bool _asks;

    /// <summary>The marked connection; null = none.</summary>
    public ConnectionState? Selected => _row < _shown.Count ? _shown[_row] : null;

    /// <summary>The name of the sort order.</summary>
    public string Order => s_orders[_order].Name;

    /// <summary>What the screen shows, and what a snapshot therefore needs.</summary>
    public TopPage Page { get; private set; }

    /// <summary>Takes a new snapshot. The mark stays on its connection as long as that lives.</summary>
    /// <param name="log">The last lines of the log, if the page shows them.</param>
    public void Update(ControlReply reply, IReadOnlyList<FollowedLine>? log = null)
    {
        _reply = reply;
        _log = log ?? [];
        Arrange();
    }

    /// <summary>Shows another page.</summary>
    public void Turn(TopPage page)
    {
        Page = page;
        _scrolled = 0;
    }

    /// <summary>Handles a key.</summary>
    public TopWish Press(ConsoleKeyInfo key)
    {
        if (_asks)
        {
            _asks = false;
            return key.KeyChar is 'y' or 'Y' && Selected is not null ? TopWish.End : TopWish.Nothing;
        }

        if (key is { Key: ConsoleKey.C, Modifiers: ConsoleModifiers.Control })
        {
            return TopWish.Quit;
        }

        if (_isTyping)
        {
            Type(key);
            return TopWish.Nothing;
        }

        switch (key.Key)
        {
            case ConsoleKey.UpArrow or ConsoleKey.DownArrow when Page != TopPage.Connections:
                _scrolled += (key.Key == ConsoleKey.DownArrow) == (Page != TopPage.Log) ? 1 : -1; // the log is seen from its end
                break;
            case ConsoleKey.UpArrow:
                _row = Math.Max(_row - 1, 0);
                break;
            case ConsoleKey.DownArrow:
                _row = Math.Min(_row + 1, Math.Max(_shown.Count - 1, 0));
                break;
            default:
                return Press(key.KeyChar);
        }

        return TopWish.Nothing;
    }

    /// <summary>Returns the screen's lines, no more than fit.</summary>
    public IEnumerable<string> Render(int width, int height, bool colours)
    {
        ServerState? server = _reply.Server;
        string connections = Wording.Count(server?.Connections ?? 0, "connection");
        string filter = _filter.Length > 0 ? $", with '{_filter}'" : "";
        string shown = Page == TopPage.Connections ? $", {_shown.Count} shown, by {Order}" : $"; {Page.ToString().ToLowerInvariant()}";
        yield return Cut($"superd pid {server?.Pid}, up {Figures.Time(server?.UptimeMs)}: {connections}{shown}{filter}", width);
        yield return Cut(
            _asks ? $"end connection {Selected?.Id} of {Selected?.Service}, {Selected?.Peer}? y/n"
            : _isTyping ? $"only with: {_filter}_   (Enter: done)"
            : Page == TopPage.Connections ? "q quit   1-4 other views   s sort   / filter   up, down: choose   e end it"
            : "q quit   1 connections  2 services  3 refusals  4 log   / filter   up, down",
            width);
        yield return string.Empty;
        int room = Math.Max(height - LinesAround, 1);
        if (Page != TopPage.Connections)
        {
            foreach (string line in RenderOther(width, room, colours))
            {
                yield return line;
            }

            yield break;
        }

        int first = Math.Clamp(_row - room + 1, 0, Math.Max(_shown.Count - room, 0));
        foreach (string line in ConnectionTable.Create(_shown.Skip(first).Take(room), _row - first).Render(width, colours))
        {
            yield return line;
        }
    }

    /// <summary>A page other than the connections: as much of it as there is room for, from where it is scrolled to.</summary>
    private string[] RenderOther(int width, int room, bool colours)
    {
        if (Page == TopPage.Log)
        {
            string[] all = [.. _log.Where(line => Holds(line.Message)).Select(line => TailCommand.ToText(Narrow(line, width), colours))];
            _scrolled = Math.Clamp(_scrolled, 0, Math.Max(all.Length - room, 0));
            return all[..^_scrolled][^Math.Min(room, all.Length - _scrolled)..];
        }

        IEnumerable<ServiceState> services = _reply.Services ?? [];
        TextTable table = Page == TopPage.Services
            ? StatusCommand.TableOf(services.Where(service => Holds(service.Name) || Holds(service.State)))
            : RefusalTable.Create(services, _filter, _isUnicode);
        string[] lines = [.. table.Render(width, colours)];
        _scrolled = Math.Clamp(_scrolled, 0, Math.Max(lines.Length - 1 - room, 0));
        return [lines[0], .. lines.Skip(1 + _scrolled).Take(room)];
    }

    /// <summary>The line without its date, cut so that it fits.</summary>
    private static FollowedLine Narrow(FollowedLine line, int width)
    {
        const int Date = 11, Clock = 12, LevelAndSpaces = 7;
        return line with
        {
            Time = line.Time is { Length: >= Date + Clock } time ? time.Substring(Date, Clock) : line.Time,
            Message = Cut(line.Message ?? string.Empty, Math.Max(width - Clock - LevelAndSpaces, 0)),
        };
    }

    private TopWish Press(char letter)
    {
        switch (letter)
        {
            case >= '1' and <= '4':
                Turn((TopPage)(letter - '1'));
                return TopWish.Look;
            case 'q':
                return TopWish.Quit;
            case 's' or 'e' when Page != TopPage.Connections:
                break;
            case 's':
                _order = (_order + 1) % s_orders.Length;
                Arrange();
                break;
            case '/':
                _isTyping = true;
                _filter = string.Empty;
                Arrange();
                break;
            case 'e':
                _asks = Selected is not null;
                break;
        }

        return TopWish.Nothing;
    }

    private void Type(ConsoleKeyInfo key)
    {
        switch (key.Key)
        {
            case ConsoleKey.Enter or ConsoleKey.Escape:
                _isTyping = false;
                break;
            case ConsoleKey.Backspace:
                _filter = _filter.Length > 0 ? _filter[..^1] : _filter;
                break;
            default:
                _filter += char.IsControl(key.KeyChar) ? string.Empty : key.KeyChar.ToString();
                break;
        }

        Arrange();
    }

    private void Arrange()
    {
        long? selected = Selected?.Id;
        _shown = [.. (_reply.Connections ?? []).Where(connection => Holds(connection.Service) || Holds(connection.Peer))];
        _shown.Sort((a, b) => s_orders[_order].Compare(a, b) is var order and not 0 ? order : a.Id.CompareTo(b.Id));
        int row = _shown.FindIndex(connection => connection.Id == selected);
        _row = row >= 0 ? row : Math.Clamp(_row, 0, Math.Max(_shown.Count - 1, 0));
    }

    private bool Holds(string? text) => text is not null && text.Contains(_filter, StringComparison.OrdinalIgnoreCase);

    private static string Cut(string line, int width) => line.Length <= width ? line : line[..width];
}
