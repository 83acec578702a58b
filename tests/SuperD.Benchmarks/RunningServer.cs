using System.Diagnostics;
using SuperD.Benchmarks.Subjects;
using SuperD.Tests.Support;

namespace SuperD.Benchmarks;

/// <summary>A listening server; <see cref="Dispose"/> ends it.</summary>
internal sealed class RunningServer : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly RunningProgram _process;

    private RunningServer(Subject subject, ServerOrder order, RunningProgram process, string log)
    {
        Subject = subject;
        Order = order;
        _process = process;
        LogFile = log;
    }

    public Subject Subject { get; }

    public ServerOrder Order { get; }

    public string Name => Subject.Name;

    /// <summary>The port under measurement.</summary>
    public int Port => Order.Ports[0];

    public int Pid => _process.Pid;

    /// <summary>The file that receives its stdout and stderr.</summary>
    public string LogFile { get; }

    /// <summary>
    /// From before the process was created until it was ready: until superd reported it, or until a peer listened on its last port.
    /// </summary>
    public TimeSpan TimeToReady { get; private set; }

    /// <summary>Starts a server and waits until it is ready.</summary>
    public static RunningServer Start(Bench bench, Subject subject, ServerOrder order)
    {
        string folder = bench.Folder.Create(subject.Name.Split(' ')[0]);
        return Start(bench, subject, order, folder, subject.Prepare(order, folder, bench.Tools.Answer));
    }

    /// <summary>The same for a prepared command.</summary>
    public static RunningServer Start(Bench bench, Subject subject, ServerOrder order, string folder, ServerCommand command)
    {
        string log = Path.Combine(folder, "log");
        File.WriteAllText(log, string.Empty);
        object[] user = command.AsNobody ? [Nobody.UserId, Nobody.GroupId] : [0, 0];

        // The default limit of a shell plus a descriptor per service, because not every server raises its limit.
        int openFiles = 1024 + order.Ports.Length;
        var clock = Stopwatch.StartNew();
        var server = new RunningServer(
            subject, order, Tools.Start(bench.Tools.StartServer, [log, .. user, openFiles, .. command.Line]), log);
        try
        {
            server.WaitUntilReady(bench, clock);
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>Everything it has written so far.</summary>
    public string ReadLog()
    {
        using var reader = new StreamReader(new FileStream(LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }

    /// <summary>Whether it has exited, by itself or through <see cref="Stop"/>.</summary>
    public bool HasExited => _process.HasEnded;

    /// <summary>Ends it with TERM, and if need be with KILL, and returns its exit code.</summary>
    public int Stop()
    {
        // Its handlers end with their clients, which are already gone.
        if (!_process.HasEnded)
        {
            _process.Signal(Processes.SIGTERM);
            if (!_process.TryWaitForEnd(TimeSpan.FromSeconds(15)))
            {
                _process.Kill();
            }
        }

        return _process.WaitForEnd();
    }

    public void Dispose()
    {
        _ = Stop();
        _process.Dispose();
    }

    private void WaitUntilReady(Bench bench, Stopwatch clock)
    {
        Func<bool> isReady = Subject.IsSuperd
            ? () => ReadLog().Contains("ready services=", StringComparison.Ordinal)
            : () => Ports.Listening() is { } listening && listening.Contains(Order.Ports[^1]) && listening.Contains(Port);
        if (!bench.WaitUntil(s_patience, () => isReady() || _process.HasEnded) || _process.HasEnded)
        {
            string log = ReadLog();
            throw new BenchException($"{Name} did not start to listen; it said:\n{log[..Math.Min(log.Length, 2000)]}");
        }

        TimeToReady = clock.Elapsed;
    }
}
