using System.Text.Json;
using SuperD.Control;
using SuperD.Control.Messages;

namespace SuperD.Cli.Web;

/// <summary>What superd's console tells, asked once for all who look: the state once a second, and the log as it comes.</summary>
/// <remarks>
/// Those who look copy what is new to them, each at its own speed; none has a queue. When superd ends, reloads or upgrades so that this
/// process has to go, it is over; superd starts the next one for the next client.
/// </remarks>
internal sealed class WebFeed(IReadOnlyList<string> sockets) : IDisposable
{
    /// <summary>The log lines that are kept for those who come.</summary>
    private const int MostLines = 200;

    /// <summary>Services and connections that are shown; the page says that there are more.</summary>
    private const int MostServices = 500, MostConnections = 300;

    // A snapshot of many connections is expensive, so poll less often: as superd top does.
    private const int RestPerWork = 10;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly object _lock = new(); // guards all below
    private readonly string?[] _lines = new string?[MostLines];
    private long _lineCount;
    private string _state = string.Empty;
    private long _stateCount;
    private string? _over;

    private ConsoleClient? _console;
    private ConsoleClient? _log;

    /// <summary>Whether nothing new will come, because the console answers no more.</summary>
    public bool IsOver
    {
        get
        {
            lock (_lock)
            {
                return _over is not null;
            }
        }
    }

    /// <summary>The last state, as JSON.</summary>
    public string State
    {
        get
        {
            lock (_lock)
            {
                return _state;
            }
        }
    }

    /// <summary>Connects and asks for the first time. If that fails, the reason is on stderr.</summary>
    public bool TryBegin(out int exitCode)
    {
        if ((_console = Connect(out exitCode)) is null || (_log = Connect(out exitCode)) is null)
        {
            return false;
        }

        try
        {
            if (!TryAskState(_console) || !_log.TryAsk(
                    new ControlRequest { Command = ControlCommands.Tail, Lines = MostLines, Follow = true }, out _))
            {
                exitCode = ExitCode.NoPermission;
                return false;
            }
        }
        catch (ConsoleFailure failure)
        {
            Console.Error.WriteLine($"superd: the console at {_console.Path}: {failure.Message}");
            exitCode = failure.ExitCode;
            return false;
        }

        Start("state", () => AskAgain(_console));
        Start("log", () => Follow(_log));
        return true;
    }

    /// <summary>What is new to one who looks, in the form of server-sent events; waits until there is something.</summary>
    /// <param name="mayWrite">What <c>hello</c> says of steering.</param>
    public IEnumerable<string> Events(bool mayWrite)
    {
        yield return $"retry: 1000\nevent: hello\ndata: {{\"write\":{(mayWrite ? "true" : "false")}}}\n\n";
        long state = 0, line = 0;
        while (true)
        {
            var news = new List<string>();
            lock (_lock)
            {
                while (_stateCount == state && _lineCount == line && _over is null)
                {
                    Monitor.Wait(_lock);
                }

                if (_over is null && _stateCount > state)
                {
                    state = _stateCount;
                    news.Add($"event: state\ndata: {_state}\n\n");
                }

                if (_lineCount - line > MostLines)
                {
                    line = line == 0 ? _lineCount - MostLines : line;
                    long lost = _lineCount - MostLines - line;
                    line = _lineCount - MostLines;
                    if (lost > 0)
                    {
                        news.Add(ToEvent(new FollowedLine { Dropped = lost }));
                    }
                }

                for (; line < _lineCount; line++)
                {
                    news.Add(_lines[line % MostLines]!); // set when it was counted
                }

                if (_over is not null)
                {
                    news.Add($"event: over\ndata: {_over}\n\n");
                }
            }

            yield return string.Concat(news);
            if (IsOver)
            {
                yield break;
            }
        }
    }

    public void Dispose()
    {
        _console?.Dispose();
        _log?.Dispose();
    }

    private ConsoleClient? Connect(out int exitCode) =>
        ConsoleClient.TryConnect(sockets, configuration: null, forPeople: true, Console.Error, out exitCode);

    private void Start(string name, Action work) => new Thread(() => Run(work)) { IsBackground = true, Name = name }.Start();

    private void Run(Action work)
    {
        try
        {
            work();
            End("superd ends, or has read another configuration");
        }
        catch (Exception failure) when (failure is ConsoleFailure or IOException)
        {
            End("superd does not answer");
        }
    }

    private void End(string why)
    {
        lock (_lock)
        {
            _over ??= JsonSerializer.Serialize(new ControlReply { Ok = false, Error = why }, ControlJson.Line.ControlReply);
            Monitor.PulseAll(_lock);
        }
    }

    private void AskAgain(ConsoleClient console)
    {
        while (true)
        {
            var clock = System.Diagnostics.Stopwatch.StartNew();
            if (!TryAskState(console))
            {
                return;
            }

            TimeSpan work = clock.Elapsed * RestPerWork;
            Thread.Sleep(work > s_interval ? work : s_interval);
        }
    }

    /// <summary>False when superd ends, or a reload has changed the page.</summary>
    private bool TryAskState(ConsoleClient console)
    {
        var status = new ControlRequest { Command = ControlCommands.Status };
        var connections = new ControlRequest { Command = ControlCommands.Connections };
        if (!console.TryAskAll(status, out ControlReply all, MostServices)
            || !console.TryAskAll(connections, out ControlReply live, MostConnections)
            || all.Server is { Phase: not ("serving" or "lame_duck") })
        {
            return false;
        }

        string state = JsonSerializer.Serialize(
            all with { Connections = live.Connections, Next = live.Next }, ControlJson.Line.ControlReply);
        lock (_lock)
        {
            _state = state;
            _stateCount++;
            Monitor.PulseAll(_lock);
        }

        return true;
    }

    private void Follow(ConsoleClient console)
    {
        foreach (FollowedLine line in console.Follow())
        {
            string text = ToEvent(line);
            lock (_lock)
            {
                _lines[_lineCount++ % MostLines] = text;
                Monitor.PulseAll(_lock);
            }
        }
    }

    private static string ToEvent(FollowedLine line) =>
        $"event: log\ndata: {JsonSerializer.Serialize(line, ControlJson.Line.FollowedLine)}\n\n";
}
