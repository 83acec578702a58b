using System.Globalization;

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
    private const int LongestStatus = 4096;
    private const int Attempts = 5;

    /// <summary>A process tree of this depth is nobody's that means well.</summary>
    private const int Deepest = 1000;

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
            if (FindOut(processId) is { } answer)
            {
                return answer;
            }
        }

        return true;
    }

    /// <summary>Null when a process on the way up has ended: its children have another parent now.</summary>
    private static bool? FindOut(int processId)
    {
        Span<char> buffer = stackalloc char[LongestStatus];
        ReadOnlySpan<char> status = ProcFile.Read($"/proc/{processId}/status", buffer);
        if (status.IsEmpty)
        {
            return null;
        }

        if (Number(status, "\nNoNewPrivs:\t") != 1 || Number(status, "\nSeccomp:\t") != 2) // 2 = a filter
        {
            return false;
        }

        int parent = Number(status, "\nPPid:\t");
        for (int depth = 0; parent > 1 && parent != Environment.ProcessId; depth++)
        {
            status = ProcFile.Read($"/proc/{parent}/status", buffer);
            if (status.IsEmpty)
            {
                return null;
            }

            parent = depth == Deepest ? Environment.ProcessId : Number(status, "\nPPid:\t");
        }

        return parent == Environment.ProcessId;
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

    /// <summary>The number after a name in a file of lines; -1 without one.</summary>
    private static int Number(ReadOnlySpan<char> status, string name)
    {
        int at = status.IndexOf(name);
        ReadOnlySpan<char> rest = at < 0 ? [] : status[(at + name.Length)..];
        int end = rest.IndexOf('\n');
        return int.TryParse(end < 0 ? rest : rest[..end], CultureInfo.InvariantCulture, out int number) ? number : -1;
    }
}
