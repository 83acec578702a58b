using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>How superd finds every process a handler has left behind: by the best means the machine allows. Loop only.</summary>
internal abstract class ProcessTrees : IDisposable
{
    /// <summary>The means, as <c>superd check</c> and the log tell it.</summary>
    public abstract string Means { get; }

    /// <summary>Descriptors it keeps for the handlers.</summary>
    public virtual int Descriptors => 0;

    /// <summary>Whether each handler begins a session of its own, by which its processes are known.</summary>
    public virtual bool NeedsSessions => false;

    /// <summary>Tells superd's next version what it needs to go on.</summary>
    public abstract TreesHandover HandOver(KeptDescriptors kept);

    /// <summary>A handler that superd's last version has launched is one of this superd's.</summary>
    /// <param name="cgroup">The name of the cgroup it was born into; null for none.</param>
    public virtual void Inherit(Handler handler, string? cgroup)
    {
    }

    /// <summary>A connection is about to be launched.</summary>
    public virtual void Enter(Connection connection)
    {
    }

    /// <summary>The handler is there.</summary>
    public virtual void OnLaunched(Handler handler)
    {
    }

    /// <summary>A handler lives longer than most.</summary>
    public virtual void OnGrown(Handler handler)
    {
    }

    /// <summary>Nothing of it lives: the launch failed, or <see cref="IsGone"/> was true.</summary>
    public virtual void Leave(Connection connection)
    {
    }

    /// <summary>Whether it is known that no process is left of a handler whose own process has ended and is not reaped yet; false when that can only be told after.</summary>
    public virtual bool IsKnownGone(Handler handler) => false;

    /// <summary>Whether no process is left of a handler whose own process has ended.</summary>
    public abstract bool IsGone(Handler handler);

    /// <summary>Signals every process of a handler, its own too while that is not reaped.</summary>
    /// <returns>How many processes.</returns>
    public abstract int Signal(Handler handler, int signal);

    /// <summary>The processes of a handler that the kernel names at once, without what the loop knows of it. Any thread.</summary>
    public virtual List<int> NamedProcesses(Handler handler)
    {
        List<int> found = NeedsSessions ? ProcessTable.OfSession(handler.Pid) : [];
        if (!handler.IsReaped)
        {
            Processes.AddTree(handler.Pid, found);
        }

        return found;
    }

    /// <summary>Whether a handler does nothing until somebody continues it: it and all it has started are stopped.</summary>
    public virtual bool IsStopped(Handler handler) => !handler.IsReaped && Processes.AreStopped(handler.Pid);

    public virtual void Dispose()
    {
    }
}
