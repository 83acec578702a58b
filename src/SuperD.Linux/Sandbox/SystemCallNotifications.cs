using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>A call that waits for an answer.</summary>
/// <param name="Id">The kernel's number of it.</param>
/// <param name="Thread">The thread that makes it; it has a directory in /proc.</param>
/// <param name="Arguments">All six. A pointer is one of the caller's memory.</param>
public sealed record SystemCallNotification(ulong Id, int Thread, int Number, ImmutableArray<ulong> Arguments)
{
    /// <summary>The address that the second argument points to, as in connect(2); unknown when it is none of IPv4 or IPv6.</summary>
    public InetEndPoint ReadEndPoint() => CallerView.ReadEndPoint(Thread, Arguments[1]);

    /// <summary>The same in words for the calls that have an address; null for others.</summary>
    public string? ReadTarget() =>
        SystemCallTable.NameOf(Number) is "connect" or "bind" && ReadEndPoint() is { IsKnown: true } target ? target.ToString() : null;
}

/// <summary>The calls of a process whose filter notifies, and those of its descendants: each waits until it is answered.</summary>
/// <remarks>
/// Linux 5.6. For explanations only, not for protection: an argument in memory can change between the look at it and the call, which is
/// why a call that is continued must be one that something else judges. Any thread, one at a time.
/// </remarks>
public sealed unsafe class SystemCallNotifications : IDisposable
{
    /// <summary>The child's descriptors among which the listener is: those after 0, 1, 2 that a launch may have open.</summary>
    private const int FirstDescriptor = 3;
    private const int LastDescriptor = 12;

    internal const uint ReceiveRequest = 0xC0502100; // SECCOMP_IOCTL_NOTIF_RECV
    internal const uint SendRequest = 0xC0182101; // SECCOMP_IOCTL_NOTIF_SEND
    internal const uint IsValidRequest = 0x40082102; // SECCOMP_IOCTL_NOTIF_ID_VALID
    internal const uint ContinueFlag = 1; // SECCOMP_USER_NOTIF_FLAG_CONTINUE

    private readonly Fd _listener;

    private SystemCallNotifications(Fd listener) => _listener = listener;

    /// <summary>Takes the listener out of a child that waits in execve(2) for the first answer.</summary>
    /// <returns>
    /// 0; EAGAIN while the child has not come so far; ESRCH when it has ended; EPERM when this process may not trace it.
    /// </returns>
    public static SysResult TryTake(Fd pidfd, out SystemCallNotifications? notifications)
    {
        notifications = null;
        for (int descriptor = FirstDescriptor; descriptor <= LastDescriptor; descriptor++)
        {
            nint taken = LibC.syscall((nint)SystemCallNumber.PidfdGetfd, pidfd.Value, descriptor, 0, 0, 0);
            if (taken < 0)
            {
                int errno = Marshal.GetLastPInvokeError();
                if (errno == Errno.EBADF)
                {
                    continue;
                }

                return SysResult.Error(errno);
            }

            var file = new Fd((int)taken);
            if (new FileInfo($"/proc/self/fd/{taken}").LinkTarget == "anon_inode:seccomp notify")
            {
                notifications = new SystemCallNotifications(file);
                return SysResult.Ok();
            }

            file.Dispose(); // superd's own, as long as the child shares its descriptors
        }

        return SysResult.Error(Errno.EAGAIN);
    }

    /// <summary>Waits for the next call.</summary>
    /// <returns>0; EAGAIN when none came in this time; ESRCH when all processes with the filter have ended.</returns>
    public SysResult Receive(TimeSpan longest, out SystemCallNotification? call)
    {
        call = null;
        LibC.pollfd polled = new() { fd = _listener.Value, events = LibC.POLLIN };
        if (LibC.poll(&polled, 1, (int)longest.TotalMilliseconds) <= 0)
        {
            return SysResult.Error(Errno.EAGAIN);
        }

        if ((polled.revents & LibC.POLLIN) == 0)
        {
            return SysResult.Error(Errno.ESRCH);
        }

        Notification received = default; // the kernel takes zeros only
        if (LibC.ioctl(_listener.Value, ReceiveRequest, &received) != 0)
        {
            return SysResult.Error(Errno.EAGAIN); // a signal has ended the call
        }

        call = new SystemCallNotification(
            received.Id, received.Thread, received.Number, [.. new ReadOnlySpan<ulong>(received.Arguments, 6)]);
        return SysResult.Ok();
    }

    /// <summary>Whether the call still waits. If so, what was read of its thread before was that thread's.</summary>
    public bool IsWaiting(SystemCallNotification call)
    {
        ulong id = call.Id;
        return LibC.ioctl(_listener.Value, IsValidRequest, &id) == 0;
    }

    /// <summary>Lets a call fail. It may have ended by a signal meanwhile, which is no matter.</summary>
    public void Refuse(SystemCallNotification call, int errno) => Send(new Answer { Id = call.Id, Error = -errno });

    /// <summary>Lets the kernel carry a call out.</summary>
    public void Continue(SystemCallNotification call) => Send(new Answer { Id = call.Id, Flags = ContinueFlag });

    /// <summary>Stops listening: from now on, calls that would be reported fail with ENOSYS.</summary>
    public void Dispose() => _listener.Dispose();

    private void Send(Answer answer) => _ = LibC.ioctl(_listener.Value, SendRequest, &answer);

    /// <summary>struct seccomp_notif, with the struct seccomp_data at its end.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Notification
    {
        public ulong Id;
        public int Thread;
        public uint Flags;
        public int Number;
        public uint Architecture;
        public ulong InstructionPointer;
        public fixed ulong Arguments[6];
    }

    /// <summary>struct seccomp_notif_resp.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Answer
    {
        public ulong Id;
        public long Value;
        public int Error;
        public uint Flags;
    }
}
