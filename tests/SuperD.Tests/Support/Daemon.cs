using System.Diagnostics;
using System.Globalization;
using System.Net;
using NUnit.Framework;
using SuperD.Linux;

namespace SuperD.Tests.Support;

/// <summary>How a test's superd differs from the usual one.</summary>
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

    /// <summary>A program and arguments that start superd (<c>prlimit --nofile=64 </c>); superd's own command line is put behind.</summary>
    public string[] Wrapper { get; init; } = [];

    /// <summary>The executable; null = <see cref="SuperdProgram.Path"/>.</summary>
    public string? Executable { get; init; }

    /// <summary>False: do not wait for the <c>ready</c> line.</summary>
    public bool WaitsForReady { get; init; } = true;

    /// <summary>Variables added to superd's environment.</summary>
    public Dictionary<string, string?> Environment { get; init; } = [];

    /// <summary>The directory of superd.toml, of an earlier superd for instance; null = a new one.</summary>
    public TempDir? Directory { get; init; }
}

/// <summary>A real superd with a configuration of its own, logging JSON; ended, with its handlers, by <see cref="Dispose"/>.</summary>
internal sealed class Daemon : IDisposable
{
    private readonly TempDir _directory;
    private readonly RunningProgram _program;
    private readonly List<LogLine> _log = [];
    private readonly Task _reader;
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

        // Whoever runs the tests may ignore these, as nohup and a shell's background jobs do, and superd would go on ignoring them.
        string[] defaultSignals = ["env", "--default-signal=HUP,INT,QUIT"];
        string[] superd = [options.Executable ?? SuperdProgram.Path, "run", "-c", _directory["superd.toml"]];

        // A wrapper may fork, and change the user, which clears the parent-death signal.
        string[] deathSignal = options.Wrapper is [] ? [] : [Needs.Program("setpriv"), "--pdeathsig", SuperdProgram.DeathSignal];
        string[] line = [.. defaultSignals, .. options.Wrapper, .. deathSignal, .. superd];
        _program = new RunningProgram(line[0], line[1..], _directory.Path, options.Environment, SuperdProgram.DeathSignal);
        _reader = ReadAsync();
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
    public int Pid { get; }

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
    /// <param name="services">Name and TOML text of each; <c>listen</c> with port 0 lets the kernel choose, see <see cref="Port"/>.</param>
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

    /// <summary>Refusals logged so far: those with a line of their own, and those counted in a line.</summary>
    public long Refusals(string service) =>
        Log.Count(line => line.Is("refuse", service))
            + Log.Where(line => line.Is("refuse_repeated", service)).Sum(line => line.Number("repeated"));

    /// <summary>
    /// The first line, logged already or yet to come, that fits; fails the test with the whole log when none does in time.
    /// </summary>
    public LogLine WaitFor(Func<LogLine, bool> predicate, string what) => WaitFor(predicate, 1, what)[0];

    /// <summary>The first so many lines that fit.</summary>
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
                        $"waited in vain until {what}; superd {(_isEnded ? "has ended" : "runs")}; its log:\n{string.Join('\n', _log)}");
                }

                Monitor.Wait(_log, left);
            }
        }
    }

    /// <summary>The line of an event of a service.</summary>
    public LogLine WaitFor(string eventName, string service) =>
        WaitFor(line => line.Is(eventName, service), $"there is a line '{eventName} {service}'");

    /// <summary>The terminal line of every connection that was logged so far; fails when one has none, or two.</summary>
    public LogLine[] Records()
    {
        LogLine[] terminal = [.. Log.Where(line => line.IsTerminal)];
        IEnumerable<string> connections = Log.Where(line => line.Fields.ContainsKey("conn")).Select(line => line["conn"]).Distinct();
        Assert.That(terminal.Select(line => line["conn"]), Is.EquivalentTo(connections), "one terminal line for each connection");
        return terminal;
    }

    /// <summary>From now on superd's log is not read, and the pipe it writes to fills up.</summary>
    public void HoldLog() => _program.Errors.Hold();

    /// <summary>The log is read again.</summary>
    public void ReleaseLog() => _program.Errors.Release();

    /// <summary>The pid of the handler a client was given.</summary>
    public int HandlerOf(Client client) => (int)AcceptOf(client).Number("pid");

    /// <summary>The <c>accept</c> line of a client.</summary>
    public LogLine AcceptOf(Client client) =>
        WaitFor(line => line.Event == "accept" && line["peer"] == client.Address, $"{client.Address} is accepted");

    /// <summary>
    /// Waits until superd has looked at its handlers once more, or several times, and has seen all that they did before this call. It looks
    /// once a second while it has any.
    /// </summary>
    public void WaitForLooks(int count = 1)
    {
        int loop = ProcFs.Threads(Pid, "loop").Min(); // those that it makes have its name too, until they get one of their own
        for (int i = 0; i < count; i++)
        {
            // From then on a look is due, if none has been made: the loop makes it when it wakes, and has made it when it wakes again.
            Thread.Sleep(TimeSpan.FromSeconds(1.1));
            long enough = ProcFs.Wakes(Pid, loop) + 3;
            Patience.Until(() => ProcFs.Wakes(Pid, loop) >= enough, "superd's loop has woken three times");
        }
    }

    /// <summary>Sends superd a signal.</summary>
    public void Signal(int signal) => Assert.That(NativeMethods.Kill(Pid, signal), Is.Zero, $"kill({Pid}, {signal})");

    /// <summary>Sends superd a signal, unless it has ended.</summary>
    public void SignalIfThere(int signal)
    {
        if (!_program.HasEnded)
        {
            _ = NativeMethods.Kill(Pid, signal);
        }
    }

    /// <summary>
    /// Waits until superd has ended and its log is complete; returns its exit code. Fails when a line of a JSON log is none.
    /// </summary>
    public int WaitForExit()
    {
        int exitCode = _program.WaitForEnd();
        _reader.Wait();
        if (_logsJson)
        {
            AssertAllJson();
        }

        return exitCode;
    }

    /// <summary>SIGTERM, then <see cref="WaitForExit"/>.</summary>
    public int Stop()
    {
        Signal(SuperD.Linux.Signal.SIGTERM);
        return WaitForExit();
    }

    public void Dispose()
    {
        ReleaseLog();
        SignalIfThere(NativeMethods.SIGQUIT); // superd kills its handlers and ends
        _program.TryWaitForEnd(TimeSpan.FromSeconds(10));
        _program.Dispose();
        _directory.Dispose();
    }

    /// <summary>
    /// The process below the wrapper that has the pid superd logs: in a pid namespace that is another number there than here.
    /// </summary>
    private int FindPid()
    {
        string own = WaitFor(line => line.Event == "start", "superd says who it is")["pid"];
        return ProcFs.Tree(_program.Pid).First(pid => ProcFs.Status(pid, "NSpid").Split('\t')[^1] == own);
    }

    private void AssertAllJson() =>
        Assert.That(Log.Where(line => line.Event == "none"), Is.Empty, "superd wrote something that is no log line");

    private async Task ReadAsync()
    {
        while (await _program.Errors.ReadLineAsync().ConfigureAwait(false) is { } line)
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
