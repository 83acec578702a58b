using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Services;

/// <summary>A running handler: the child process of one connection. Loop only.</summary>
/// <remarks>Keeps the definition it was started with, whatever a reload makes of the service.</remarks>
/// <param name="pidfd">Readable when the process has ended; owned by the handler.</param>
/// <param name="startedMs">When its launch was asked for, in the loop's <c>NowMs</c>.</param>
internal sealed class Handler(Connection connection, int pid, Fd pidfd, long startedMs)
{
    private bool _hasHeldLoop;

    public Connection Connection { get; } = connection;

    public Service Service => Connection.Service;

    public ServiceDefinition Definition { get; init; } = connection.Definition;

    /// <summary>Its process id, and its process group's. Its own until it is reaped.</summary>
    public int Pid { get; } = pid;

    public Fd Pidfd { get; } = pidfd;

    public long StartedMs { get; } = startedMs;

    /// <summary>Whether superd has kept the connection's socket, to end it gracefully and to see what becomes of it.</summary>
    public bool KeepsSocket { get; init; } = connection.KeepsSocket;

    /// <summary>Why superd ended it; set before the signal is sent.</summary>
    public EndReason EndReason { get; set; }

    /// <summary>How its own process ended; null while it runs. What it left behind may still live.</summary>
    public HandlerEnd? End { get; set; }

    public bool IsReaped => End is not null;

    /// <summary>Whether its own process has ended and cannot be reaped yet, because another process traces it.</summary>
    public bool IsHeld { get; set; }

    /// <summary>Which TCP connection it has, where superd has not kept the socket and asks the kernel about it.</summary>
    public TcpIdentity? Released { get; set; }

    /// <summary>What went over its connection, taken down when its stream has ended; null before, and where it cannot be told.</summary>
    public TcpTraffic? Traffic { get; set; }

    /// <summary>The end of the stream to its client; null while the stream is open, and where superd has kept no socket.</summary>
    public LingeringEnd? StreamEnd { get; set; }

    /// <summary>Whether it is known, before it is reaped, that it has left nothing behind.</summary>
    public bool IsKnownGone { get; set; }

    /// <summary>Whether it was killed because it kept the loop waiting. Set on the watcher's thread.</summary>
    public bool HasHeldLoop
    {
        get => Volatile.Read(ref _hasHeldLoop);
        set => Volatile.Write(ref _hasHeldLoop, value);
    }

    /// <summary>The numbers under which <c>SharedFiles</c> knows it; -1 for none.</summary>
    public (int Socket, int Stderr) SharedNumbers { get; set; } = (-1, -1);

    /// <summary>How many processes it left behind, which superd had to end.</summary>
    public int Orphans { get; set; }

    /// <summary>Ends the stream to its client and takes down what went over it, once, where superd has kept the socket.</summary>
    public void EndStream()
    {
        if (this is { KeepsSocket: true, StreamEnd: null })
        {
            StreamEnd = new LingeringEnd(Connection.Socket); // first: the client waits for it
            Traffic = TcpConnection.ReadTraffic(Connection.Socket, out TcpTraffic traffic).IsError ? null : traffic;
        }
    }

    /// <summary>Signals its process group. Only before it is reaped, while the group's number is still its own.</summary>
    public void Signal(int signal)
    {
        if (ChildProcess.SignalGroup(Pid, signal).IsError)
        {
            // It may have left the group (a handler that calls setpgid or setsid itself): then at least the process.
            _ = ChildProcess.Signal(Pidfd, signal);
        }
    }
}

/// <summary>How a handler ended.</summary>
/// <param name="DurationMs">From launch to reaping.</param>
internal readonly record struct HandlerEnd(ExitStatus Status, ResourceUsage Usage, long DurationMs);
