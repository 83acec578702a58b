using SuperD.Linux;

namespace SuperD.Ending;

/// <summary>Operates on processes known only by pid: finds their descendants and signals them.</summary>
internal static class Processes
{
    /// <summary>More would hold up the loop. When these are gone, the others have lost their parents, and superd adopts them.</summary>
    private const int MostInTree = 4096;

    /// <summary>How many rounds KILL spends looking for processes made since the round before; a stopped process makes no more.</summary>
    private const int MostRounds = 16;

    /// <summary>Adds a process and its descendants that have not ended, parents first, some thousand at most.</summary>
    public static void AddTree(int pid, List<int> found)
    {
        var waiting = new List<int> { pid };
        for (int i = 0; i < waiting.Count && i < MostInTree; i++)
        {
            if (ProcessStat.Of(waiting[i]) is not { } stat)
            {
                continue;
            }

            if (!stat.HasEnded)
            {
                found.Add(waiting[i]);
            }

            ProcessTable.AddChildren(waiting[i], stat.Threads, waiting);
        }
    }

    /// <summary>Whether a process and all its descendants are stopped; false if it has ended.</summary>
    public static bool AreStopped(int pid)
    {
        if (ProcessStat.Of(pid) is not { IsStopped: true })
        {
            return false; // the common case, without a scan of descendants
        }

        var tree = new List<int>();
        AddTree(pid, tree);
        return tree.TrueForAll(process => ProcessStat.Of(process) is not { IsStopped: false });
    }

    /// <summary>Signals all processes that <paramref name="find"/> returns.</summary>
    /// <returns>How many.</returns>
    public static int Signal(Func<List<int>> find, int signal)
    {
        List<int> processes = signal == Linux.Signal.SIGKILL ? StopAll(find) : find();
        processes.ForEach(pid => ChildProcess.Signal(pid, signal));
        return processes.Count;
    }

    /// <summary>Stops all processes before KILL, so that none can fork away from it.</summary>
    private static List<int> StopAll(Func<List<int>> find)
    {
        var stopped = new HashSet<int>();
        for (int round = 0; round < MostRounds; round++)
        {
            List<int> made = find().FindAll(stopped.Add);
            if (made.Count == 0)
            {
                break;
            }

            made.ForEach(pid => ChildProcess.Signal(pid, Linux.Signal.SIGSTOP));
        }

        return [.. stopped];
    }
}
