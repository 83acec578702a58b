namespace SuperD.Linux;

/// <summary>Finds out whether a client is a process that this one has put into a sandbox, or a descendant of one.</summary>
/// <remarks>
/// A sandbox does not govern connect(2) to a Unix-domain socket with a path, so the server must ask. Both signs count: a process has
/// no new privileges and a filter of system calls, and it descends from this process. An administrator's agent may be confined by systemd,
/// and a handler without a sandbox may do what its user may. Files of /proc that never wait; see <see cref="ProcFile"/>.
/// </remarks>
public static class ConfinedChild
{
    private const int PeerPidfd = 77; // SO_PEERPIDFD, which older headers lack
    private const int Attempts = 5;

    private static readonly bool s_hasProc = Directory.Exists("/proc/self");

    /// <summary>Whether the peer of a connected socket is one.</summary>
    /// <param name="processId">Its pid, see <see cref="PeerCredentials"/>; 0 is none of this process's children.</param>
    /// <returns>True as well when the peer has ended, so that nobody knows any more.</returns>
    public static bool IsPeer(Fd socket, int processId)
    {
        if (processId == 0 || !s_hasProc)
        {
            return false;
        }

        // The pid may be another process's by now, unless the peer lives after the look.
        bool isChild = IsChild(processId);
        return isChild || HasEnded(socket);
    }

    private static bool IsChild(int processId)
    {
        for (int i = 0; i < Attempts; i++)
        {
            bool? answer = ProcessTable.IsConfined(processId) == false
                ? false
                : ProcessTable.IsInTree(Environment.ProcessId, processId);
            if (answer is { } known)
            {
                return known;
            }
        }

        return true;
    }

    /// <summary>Whether the peer has ended, if the kernel has a way to ask (Linux 6.5).</summary>
    private static unsafe bool HasEnded(Fd socket)
    {
        int descriptor = -1;
        uint length = sizeof(int);
        if (LibC.getsockopt(socket.Value, LibC.SOL_SOCKET, PeerPidfd, &descriptor, &length) != 0)
        {
            return false;
        }

        using Fd pidfd = new(descriptor);
        return ChildProcess.Signal(pidfd, 0).Errno == Errno.ESRCH; // EPERM: it lives
    }
}
