using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Services;

/// <summary>A running handler: the child process of one connection. Loop only.</summary>
/// <remarks>It keeps the definition it was started with, even if a reload changes the service.</remarks>
/// <param name="pidfd">Readable when the process has exited; owned by the handler.</param>
/// <param name="startedMs">When its launch was submitted, as the loop's <c>NowMs</c>.</param>
internal sealed class Handler(Connection connection, int pid, Fd pidfd, long startedMs)
{
    private bool _hasHeldLoop;

    /// <summary>The connection it serves.</summary>
    public Connection Connection { get; } = connection;

    /// <summary>Its connection's service.</summary>
    public Service Service => Connection.Service;

    /// <summary>The definition it was started with.</summary>
    public ServiceDefinition Definition { get; init; } = connection.Definition;

    /// <summary>The id of its process and of its process group; not reused until it is reaped.</summary>
    public int Pid { get; } = pid;

    /// <summary>Its pidfd.</summary>
    public Fd Pidfd { get; } = pidfd;

    /// <summary>When its launch was submitted, as the loop's <c>NowMs</c>.</summary>
    public long StartedMs { get; } = startedMs;

    /// <summary>The user it was launched as; null if an older version that does not say so has launched it.</summary>
    public uint? UserId { get; init; } = connection.DynamicUser ?? connection.Definition.Process.UserId;

    /// <summary>Whether superd has kept the connection's socket, to close it gracefully and to read its counters.</summary>
    public bool KeepsSocket { get; init; } = connection.KeepsSocket;

    /// <summary>Why superd ended it; set before the signal is sent.</summary>
    public EndReason EndReason { get; set; }

    /// <summary>How its own process exited; null while it runs. Its descendants may still live.</summary>
    public HandlerEnd? End { get; set; }

    /// <summary>Whether its own process has been reaped.</summary>
    public bool IsReaped => End is not null;

    /// <summary>Whether its own process has exited but cannot be reaped yet, because another process traces it.</summary>
    public bool IsHeld { get; set; }

    /// <summary>Its TCP connection, if superd has closed the socket and asks the kernel for its traffic.</summary>
    public TcpIdentity? Released { get; set; }

    /// <summary>The traffic of its connection, read when its stream has ended; null before that, and if it is unknown.</summary>
    public TcpTraffic? Traffic { get; set; }

    /// <summary>The close of the stream to its client; null while the stream is open, and if superd has closed the socket.</summary>
    public LingeringEnd? StreamEnd { get; set; }

    /// <summary>Whether it is certain, before it is reaped, that it left no process behind.</summary>
    public bool IsKnownGone { get; set; }

    /// <summary>Whether it was killed because it blocked the loop. Set on the watcher's thread.</summary>
    public bool HasHeldLoop
    {
        get => Volatile.Read(ref _hasHeldLoop);
        set => Volatile.Write(ref _hasHeldLoop, value);
    }

    /// <summary>The descriptors under which <c>SharedFiles</c> lists it; -1 for none.</summary>
    public (int Socket, int Stderr) SharedNumbers { get; set; } = (-1, -1);

    /// <summary>How many processes it left behind for superd to end.</summary>
    public int Orphans { get; set; }

    /// <summary>How many processes it could not create because of a limit of processes; known when all of its processes are gone.</summary>
    public long RefusedForks { get; set; }

    /// <summary>How many lines of its stderr were not logged, because they were too many; known when it is reaped.</summary>
    public long StderrDropped { get; set; }

    /// <summary>Ends the stream to its client and reads its traffic, once, if superd has kept the socket.</summary>
    public void EndStream()
    {
        if (this is { KeepsSocket: true, StreamEnd: null })
        {
            StreamEnd = new LingeringEnd(Connection.Socket); // before the counters: the client waits for it
            Traffic = TcpConnection.ReadTraffic(Connection.Socket, out TcpTraffic traffic).IsError ? null : traffic;
        }
    }

    /// <summary>Signals its process group. Call it only before it is reaped, while the group's id is still its own.</summary>
    public void Signal(int signal)
    {
        if (ChildProcess.SignalGroup(Pid, signal).IsError)
        {
            // It may have left the group (a handler can call setpgid or setsid). Then signal at least the process.
            _ = ChildProcess.Signal(Pidfd, signal);
        }
    }
}

/// <summary>How a handler's own process exited.</summary>
/// <param name="DurationMs">The time from launch to reaping.</param>
internal readonly record struct HandlerEnd(ExitStatus Status, ResourceUsage Usage, long DurationMs);
