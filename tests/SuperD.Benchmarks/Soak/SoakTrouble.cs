using SuperD.Benchmarks.Subjects;
using SuperD.Linux;

namespace SuperD.Benchmarks.Soak;

/// <summary>Disturbs superd while the clients connect: kills random handlers, makes superd reload, and upgrades it to itself.</summary>
/// <remarks>It spares the handlers of <c>answer</c>: their replies must arrive whatever else happens.</remarks>
internal sealed class SoakTrouble(RunningServer server, SuperdSubject superd, string victimsExecutable, Action<int> changeConfiguration)
{
    private const int KillEvery = 5, ReloadEvery = 200, UpgradeEvery = 1_000;

    private readonly bool _canReload = superd.HasCommand("reload"), _canUpgrade = superd.HasCommand("upgrade");
    private int _calls;

    public int Kills { get; private set; }

    public int Reloads { get; private set; }

    public int Upgrades { get; private set; }

    /// <summary>The disturbances that this superd does not support.</summary>
    public string Skipped =>
        string.Join(" and ", ((string[])[_canReload ? "" : "reload", _canUpgrade ? "" : "upgrade"]).Where(name => name != ""));

    /// <summary>Causes the next disturbance; called every few milliseconds.</summary>
    public void Next()
    {
        _calls++;
        if (_calls % KillEvery == 0)
        {
            KillOne();
        }

        if (_canUpgrade && _calls % UpgradeEvery == 0)
        {
            Processes.Signal(server.Pid, Processes.SIGUSR2);
            Upgrades++;
        }
        else if (_canReload && _calls % ReloadEvery == 0)
        {
            changeConfiguration(++Reloads);
            Processes.Signal(server.Pid, Processes.SIGHUP);
        }
    }

    private void KillOne()
    {
        int[] children = Processes.Children(server.Pid);
        if (children.Length == 0)
        {
            return;
        }

        // Open the pidfd before checking the executable: the number may be reused in between.
        int victim = children[Random.Shared.Next(children.Length)];
        using Fd? pidfd = Processes.OpenPidfd(victim);
        if (pidfd is not null && Processes.ExecutableOf(victim) == victimsExecutable
            && !ChildProcess.Signal(pidfd, Processes.SIGKILL).IsError)
        {
            Kills++;
        }
    }
}
