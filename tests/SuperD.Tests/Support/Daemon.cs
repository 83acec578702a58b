using System.Diagnostics;
using System.Globalization;
using System.Net;
using NUnit.Framework;
using SuperD.Linux;

namespace SuperD.Tests.Support;

/// <summary>How a test's superd differs from the default.</summary>
internal sealed record DaemonOptions
{
    /// <summary>Text put before the rest of superd.toml: top-level keys (<c>shutdown_grace = "1s"</c>).</summary>
    public string Top { get; init; } = string.Empty;

    /// <summary>Text put at the end of superd.toml: tables (<c>[defaults]</c> ...).</summary>
    public string Tables { get; init; } = string.Empty;

    /// <summary>The keys of superd.toml's [control] table; by default the socket is in the test's own directory.</summary>
    public string Control { get; init; } = "socket = \"control.sock\"";

    /// <summary>The keys of superd.toml's [log] table.</summary>
    public string Log { get; init; } = "format = \"json\"\nlevel = \"debug\"";

    /// <summary>A program and arguments that start superd (<c>prlimit --nofile=64 </c>); superd's own command line is appended.</summary>
    public string[] Wrapper { get; init; } = [];

    /// <summary>The executable; null = <see cref="SuperdProgram.Path"/>.</summary>
    public string? Executable { get; init; }

    /// <summary>False: the constructor does not wait for the <c>ready</c> line.</summary>
    public bool WaitsForReady { get; init; } = true;

    /// <summary>Variables added to superd's environment.</summary>
    public Dictionary<string, string?> Environment { get; init; } = [];

    /// <summary>The directory of superd.toml, such as that of an earlier superd; null = a new one.</summary>
    public TempDir? Directory { get; init; }
}

/// <summary>A real superd with its own configuration and a JSON log; <see cref="Dispose"/> ends it and its handlers.</summary>
internal sealed class Daemon : IDisposable
{
    private readonly TempDir _directory;
    private readonly RunningProgram _program;
    private readonly List<LogLine> _log = [];
    private readonly Thread _reader;
    private readonly bool _logsJson;
    private bool _isEnded;

    private Daemon((string Name, string Toml)[] services, DaemonOptions options)
    {
        _logsJson = options.Log.Contains("json", StringComparison.Ordinal);
        _directory = options.Directory ?? new TempDir();
        _directory.Write("superd.toml", $"{options.Top}\n[control]\n{options.Control}\n[log]\n{options.Log}\n{options.Tables}\n");
        _directory.MakeDirectory("services.d");
        foreach ((string name, string toml) in services)
        {
            _directory.Write($"services.d/{name}.toml", toml);
        }

        // The test run may have inherited these as ignored, from nohup or a shell's background job, and superd would keep ignoring them.
        string[] defaultSignals = ["env", "--default-signal=HUP,INT,QUIT"];
        string[] superd = [options.Executable ?? SuperdProgram.Path, "run", "-c", _directory["superd.toml"]];

        // A wrapper may fork or change the user; the child then has no parent-death signal.
        string[] deathSignal = options.Wrapper is [] ? [] : [Needs.Program("setpriv"), "--pdeathsig", SuperdProgram.DeathSignal];
        string[] line = [.. defaultSignals, .. options.Wrapper, .. deathSignal, .. superd];
        _program = new RunningProgram(line[0], line[1..], _directory.Path, options.Environment, SuperdProgram.DeathSignal);
        _reader = new Thread(Read) { IsBackground = true, Name = "log reader" };
        _reader.Start();
        Pid = _program.Pid;
        if (options.WaitsForReady)
        {
            try
            {
                WaitFor(line => line.Event == "ready" || line.Event == "none", "superd is ready");
                AssertAllJson();
                Pid = FindPid();
            }
            catch
            {
                Dispose();
                throw;
            }
        }
    }

    /// <summary>superd's own pid (not the wrapper's), as this process sees it.</summary>
    public int Pid { get; private set; }

    /// <summary>The directory of superd.toml, writable by the test.</summary>
    public TempDir Directory => _directory;

    /// <summary>All lines logged so far.</summary>
    public IReadOnlyList<LogLine> Log
    {
        get
        {
            lock (_log)
            {
                return [.. _log];
            }
        }
    }

    /// <summary>Starts superd with these services and waits until it is ready.</summary>
    /// <param name="services">Name and TOML text of each; with port 0 in <c>listen</c> the kernel chooses, see <see cref="Port"/>.</param>
    public static Daemon Start(params (string Name, string Toml)[] services) => new(services, new DaemonOptions());

    public static Daemon Start(DaemonOptions options, params (string Name, string Toml)[] services) => new(services, options);

    /// <summary>The port a service listens on (its first listener).</summary>
    public int Port(string service)
    {
        string address = WaitFor(line => line.Is("listen", service), $"'{service}' listens")["address"];
        string port = address[(address.LastIndexOf(':') + 1)..];
        return int.Parse(port.Split('/')[0], CultureInfo.InvariantCulture); // "69/udp"
    }

    /// <summary>Connects to a service on 127.0.0.1.</summary>
    public Client Connect(string service) => new(Port(service));

    /// <summary>Connects to a service on 127.0.0.1 from another address of this machine: <c>127.0.0.2</c>.</summary>
    public Client ConnectFrom(string address, string service) => new(Port(service), from: IPAddress.Parse(address));

    /// <summary>Refusals logged so far, both in lines of their own and in summary lines.</summary>
    public long Refusals(string service) =>
        Log.Count(line => line.Is("refuse", service))
            + Log.Where(line => line.Is("refuse_repeated", service)).Sum(line => line.Number("repeated"));

    /// <summary>The first matching line, already logged or yet to come; fails the test with the whole log if none comes in time.</summary>
    public LogLine WaitFor(Func<LogLine, bool> predicate, string what) => WaitFor(predicate, 1, what)[0];

    /// <summary>The first <paramref name="count"/> matching lines.</summary>
    public LogLine[] WaitFor(Func<LogLine, bool> predicate, int count, string what)
    {
        var clock = Stopwatch.StartNew();
        lock (_log)
        {
            while (true)
            {
                LogLine[] found = [.. _log.Where(predicate).Take(count)];
                if (found.Length == count)
                {
                    return found;
                }

                TimeSpan left = Patience.Limit - clock.Elapsed;
                if (left <= TimeSpan.Zero || (_isEnded && found.Length < count))
                {
                    throw new AssertionException(
                        $"waited in vain until {what}; superd {(_isEnded ? "has ended" : "runs")}; its log:\n{Excerpt()}");
                }

                Monitor.Wait(_log, left);
            }
        }
    }

    /// <summary>The log for a person: of a long one the lines whose events are rare, and the last of all.</summary>
    private string Excerpt()
    {
        const int Whole = 300, Rare = 20, Last = 20;
        if (_log.Count <= Whole)
        {
            return string.Join('\n', _log);
        }

        ILookup<string, LogLine> events = _log.ToLookup(line => line.Event);
        string counts = string.Join(", ", events.Select(lines => $"{lines.Count()} {lines.Key}"));
        IEnumerable<LogLine> rare = events.Where(lines => lines.Count() <= Rare).SelectMany(lines => lines);
        return $"{counts}\nthe rare ones:\n{string.Join('\n', rare)}\nthe last ones:\n{string.Join('\n', _log.TakeLast(Last))}";
    }

    /// <summary>The first line with this event and service.</summary>
    public LogLine WaitFor(string eventName, string service) =>
        WaitFor(line => line.Is(eventName, service), $"there is a line '{eventName} {service}'");

    /// <summary>The terminal line of every connection in the log so far; fails if a connection has none, or two.</summary>
    public LogLine[] Records()
    {
        LogLine[] terminal = [.. Log.Where(line => line.IsTerminal)];
        IEnumerable<string> connections = Log.Where(line => line.Fields.ContainsKey("conn")).Select(line => line["conn"]).Distinct();
        Assert.That(terminal.Select(line => line["conn"]), Is.EquivalentTo(connections), "one terminal line for each connection");
        return terminal;
    }

    /// <summary>Stops reading superd's log, so that the pipe it writes to fills up.</summary>
    public void HoldLog() => _program.Errors.Hold();

    /// <summary>Resumes reading the log.</summary>
    public void ReleaseLog() => _program.Errors.Release();

    /// <summary>The pid of a client's handler.</summary>
    public int HandlerOf(Client client) => (int)AcceptOf(client).Number("pid");

    /// <summary>The <c>accept</c> line of a client.</summary>
    public LogLine AcceptOf(Client client) =>
        WaitFor(line => line.Event == "accept" && line["peer"] == client.Address, $"{client.Address} is accepted");

    /// <summary>
    /// Waits until superd has looked at its handlers again (or <paramref name="count"/> times) and has seen everything they did before this
    /// call. It looks once a second while it has any.
    /// </summary>
    public void WaitForLooks(int count = 1)
    {
        int loop = ProcFs.Threads(Pid, "loop").Min(); // threads that it creates inherit its name until they get their own
        for (int i = 0; i < count; i++)
        {
            // Now a look is due unless one has happened: the loop makes it at one wake-up, and has finished it by the next.
            Thread.Sleep(TimeSpan.FromSeconds(1.1));
            long enough = ProcFs.Wakes(Pid, loop) + 3;
            Patience.Until(() => ProcFs.Wakes(Pid, loop) >= enough, "superd's loop has woken three times");
        }
    }

    public void Signal(int signal) => Assert.That(NativeMethods.Kill(Pid, signal), Is.Zero, $"kill({Pid}, {signal})");

    /// <summary>Stops superd, and waits until none of its threads runs any more.</summary>
    public void Freeze()
    {
        Signal(NativeMethods.SIGSTOP);
        Patience.Until(() => ProcFs.States(Pid).All(state => state == "T"), "superd stands still");
    }

    /// <summary>Kills superd, and waits until its manager (<see cref="KeepingManager"/>) has started it again and it is ready.</summary>
    public void KillAndAwaitNext()
    {
        int ready = Log.Count(line => line.Event == "ready");
        KillAndAwaitStart();
        _ = WaitFor(line => line.Event == "ready", ready + 1, "it is ready");
    }

    /// <summary>Kills superd, and waits until its manager has started it again; it is not ready yet.</summary>
    public void KillAndAwaitStart()
    {
        int starts = Log.Count(line => line.Event == "start");
        Signal(SuperD.Linux.Signal.SIGKILL);
        Pid = (int)WaitFor(line => line.Event == "start", starts + 1, "superd is started again")[^1].Number("pid");
    }

    /// <summary>Sends superd a signal unless it has exited.</summary>
    public void SignalIfThere(int signal)
    {
        if (!_program.HasEnded)
        {
            _ = NativeMethods.Kill(Pid, signal);
        }
    }

    /// <summary>
    /// Waits until superd has exited and its log is complete; returns its exit code. Fails if a line of a JSON log is not valid JSON.
    /// </summary>
    public int WaitForExit()
    {
        int exitCode = _program.WaitForEnd();
        _reader.Join();
        if (_logsJson)
        {
            AssertAllJson();
        }

        return exitCode;
    }

    /// <summary>Sends SIGTERM, then calls <see cref="WaitForExit"/>.</summary>
    public int Stop()
    {
        Signal(SuperD.Linux.Signal.SIGTERM);
        return WaitForExit();
    }

    public void Dispose()
    {
        ReleaseLog();
        SignalIfThere(NativeMethods.SIGQUIT); // superd kills its handlers and exits
        _program.TryWaitForEnd(TimeSpan.FromSeconds(10));
        _program.Dispose();
        _directory.Dispose();
    }

    /// <summary>
    /// The process below the wrapper whose pid superd logs: inside a pid namespace that number differs from the one out here.
    /// </summary>
    private int FindPid()
    {
        string own = WaitFor(line => line.Event == "start", "superd says who it is")["pid"];
        return ProcFs.Tree(_program.Pid).First(pid => ProcFs.Status(pid, "NSpid").Split('\t')[^1] == own);
    }

    private void AssertAllJson() =>
        Assert.That(Log.Where(line => line.Event == "none"), Is.Empty, "superd wrote something that is no log line");

    private void Read()
    {
        while (_program.Errors.TryReadLine(Timeout.InfiniteTimeSpan, out string? line) && line is not null)
        {
            lock (_log)
            {
                _log.Add(LogLine.Parse(line));
                Monitor.PulseAll(_log);
            }
        }

        lock (_log)
        {
            _isEnded = true;
            Monitor.PulseAll(_log);
        }
    }
}
