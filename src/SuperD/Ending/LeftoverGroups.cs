using Microsoft.Extensions.Logging;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;

namespace SuperD.Ending;

/// <summary>Ends the handlers that a killed superd left behind, after the grace period of a shutdown. Loop only.</summary>
/// <remarks>
/// A directory is a leftover if its lock is free: the kernel releases the lock when superd exits. Looks only at directories of the same
/// configuration file.
/// </remarks>
internal sealed class LeftoverGroups(EventLoop loop, Cgroup parent, TimeSpan grace, ILogger log) : IDisposable
{
    private static readonly TimeSpan s_lookInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_killDelay = TimeSpan.FromSeconds(5);

    private readonly List<Cgroup> _left = [];

    /// <summary>Removes the empty cgroups, and schedules the end of the rest.</summary>
    /// <param name="prefix">How the names of the directories begin; those of running superds are locked.</param>
    public void Sweep(string prefix)
    {
        int processes = 0;
        foreach (string name in parent.Names().Where(name => name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            _ = Cgroup.Open($"{parent.Path}/{name}", out Cgroup? group);
            if (group is null || group.TryLock().IsError)
            {
                group?.Dispose();
                continue;
            }

            processes += group.Tree().Sum(handler => group.Processes(handler).Count);
            _left.Add(group);
        }

        Remove();
        if (_left.Count > 0)
        {
            log.LeftoversFound(processes, grace.TotalSeconds);
            loop.Schedule(grace, () => SignalAll(Signal.SIGTERM));
            loop.Schedule(grace + s_killDelay, () => SignalAll(Signal.SIGKILL));
            loop.Schedule(s_lookInterval, Look);
        }
    }

    public void Dispose() => _left.ForEach(group => group.Dispose());

    private void Look()
    {
        Remove();
        if (_left.Count > 0)
        {
            loop.Schedule(s_lookInterval, Look);
        }
    }

    private void Remove()
    {
        foreach (Cgroup group in _left.ToArray())
        {
            foreach (string handler in group.Tree().ToArray())
            {
                _ = group.Remove(handler);
            }

            if (!parent.Remove(Path.GetFileName(group.Path)).IsError)
            {
                group.Dispose();
                _left.Remove(group);
            }
        }
    }

    private void SignalAll(int signal)
    {
        foreach (Cgroup group in _left)
        {
            foreach (string handler in group.Tree().ToArray())
            {
                _ = group.Signal(handler, signal);
            }
        }
    }
}
