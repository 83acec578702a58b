using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>Finds every process that a handler has started, by the best means the machine offers. Loop only.</summary>
internal abstract class ProcessTrees : IDisposable
{
    /// <summary>The means in words, for <c>superd check</c> and the log.</summary>
    public abstract string Means { get; }

    /// <summary>How many descriptors it keeps open for the handlers.</summary>
    public virtual int Descriptors => 0;

    /// <summary>How many processes are left of connections that are over, and are being ended.</summary>
    public virtual int Orphans => 0;

    /// <summary>Whether each handler must start a session of its own, which identifies its processes.</summary>
    public virtual bool NeedsSessions => false;

    /// <summary>Hands over what the next version needs to continue.</summary>
    public abstract TreesHandover HandOver(KeptDescriptors kept);

    /// <summary>Inherits a handler that the previous version launched.</summary>
    /// <param name="cgroup">The name of the cgroup it was born into; null if there is none.</param>
    /// <param name="before">What the kernel had counted of that cgroup before.</param>
    public virtual void Inherit(Handler handler, string? cgroup, CgroupEvents before)
    {
    }

    /// <summary>A configuration is in force: that of the start, or that of a reload.</summary>
    public virtual void Succeed(ServerDefinition server)
    {
    }

    /// <summary>Runs before a connection's handler is launched.</summary>
    public virtual void Enter(Connection connection)
    {
    }

    /// <summary>Runs when the handler exists.</summary>
    public virtual void OnLaunched(Handler handler)
    {
    }

    /// <summary>Runs when a handler has outlived most others.</summary>
    public virtual void OnGrown(Handler handler)
    {
    }

    /// <summary>Runs when nothing of it lives: the launch failed, or <see cref="IsGone"/> returned true.</summary>
    /// <returns>What the kernel has counted meanwhile, as far as there are limits.</returns>
    public virtual CgroupEvents Leave(Connection connection) => default;

    /// <summary>
    /// Whether it is certain that no process is left of a handler whose own process has exited and is not reaped yet; false if that can be
    /// told only after it is reaped.
    /// </summary>
    public virtual bool IsKnownGone(Handler handler) => false;

    /// <summary>Whether no process is left of a handler whose own process has exited.</summary>
    public abstract bool IsGone(Handler handler);

    /// <summary>Signals every process of a handler, including its own until that is reaped.</summary>
    /// <returns>The number of processes signalled.</returns>
    public abstract int Signal(Handler handler, int signal);

    /// <summary>Sends KILL to the <see cref="Orphans"/>, and from now on at once to each process that becomes one.</summary>
    public virtual void KillOrphans()
    {
    }

    /// <summary>Returns the processes of a handler that /proc alone can name, without the loop's state. Any thread.</summary>
    public virtual List<int> NamedProcesses(Handler handler)
    {
        List<int> found = NeedsSessions ? ProcessTable.OfSession(handler.Pid) : [];
        if (!handler.IsReaped)
        {
            Processes.AddTree(handler.Pid, found);
        }

        return found;
    }

    /// <summary>Whether a handler and everything it started are stopped, so that it does nothing until somebody continues it.</summary>
    public virtual bool IsStopped(Handler handler) => !handler.IsReaped && Processes.AreStopped(handler.Pid);

    public virtual void Dispose()
    {
    }
}
