using SuperD.Benchmarks.Subjects;
using SuperD.Linux;

namespace SuperD.Benchmarks.Soak;

/// <summary>
/// What befalls superd while the clients come: handlers are killed at random; it is told to reload, and to upgrade to itself.
/// </summary>
/// <remarks>Not killed are the handlers of <c>answer</c>: their replies must arrive, whatever else goes on.</remarks>
internal sealed class SoakTrouble(RunningServer server, SuperdSubject superd, string victimsExecutable, Action<int> changeConfiguration)
{
    private const int KillEvery = 5, ReloadEvery = 200, UpgradeEvery = 1_000;

    private readonly bool _canReload = superd.HasCommand("reload"), _canUpgrade = superd.HasCommand("upgrade");
    private int _calls;

    public int Kills { get; private set; }

    public int Reloads { get; private set; }

    public int Upgrades { get; private set; }

    /// <summary>What this superd was spared because it does not have it.</summary>
    public string Skipped =>
        string.Join(" and ", ((string[])[_canReload ? "" : "reload", _canUpgrade ? "" : "upgrade"]).Where(name => name != ""));

    /// <summary>Makes the next trouble; called every few milliseconds.</summary>
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

        // The pidfd first and then the look at what it is: in between the number may have become somebody else's.
        int victim = children[Random.Shared.Next(children.Length)];
        using Fd? pidfd = Processes.OpenPidfd(victim);
        if (pidfd is not null && Processes.ExecutableOf(victim) == victimsExecutable
            && !ChildProcess.Signal(pidfd, Processes.SIGKILL).IsError)
        {
            Kills++;
        }
    }
}
