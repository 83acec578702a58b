namespace SuperD.Linux;

/// <summary>The calling thread's signal mask and the process's signal actions.</summary>
/// <remarks>Raw system calls: glibc's wrappers silently skip the signals glibc uses itself, which must not run in a child either.</remarks>
internal static unsafe class SignalMask
{
    /// <summary>Unblocks every signal on this thread.</summary>
    internal static void Clear() => Exchange(0);

    /// <summary>Sets this thread's mask (bit n-1 = signal n) and returns the previous one.</summary>
    internal static ulong Exchange(ulong mask)
    {
        ulong before;
        _ = LibC.syscall(
            (nint)SystemCallNumber.RtSigprocmask, LibC.SIG_SETMASK, (nint)(&mask), (nint)(&before), LibC.KernelSignalSetSize, 0);
        return before;
    }

    /// <summary>Resets an ignored signal to its default action; an installed handler stays.</summary>
    internal static void RestoreDefaultAction(int signal)
    {
        const nint Ignore = 1;
        byte* action = stackalloc byte[LibC.KernelSigactionSize];
        new Span<byte>(action, LibC.KernelSigactionSize).Clear();
        _ = LibC.syscall((nint)SystemCallNumber.RtSigaction, signal, 0, (nint)action, LibC.KernelSignalSetSize, 0);
        if (*(nint*)action == Ignore)
        {
            SetDefaultAction(signal);
        }
    }

    /// <summary>Resets a signal to its default action.</summary>
    internal static void SetDefaultAction(int signal)
    {
        byte* action = stackalloc byte[LibC.KernelSigactionSize]; // all zero: SIG_DFL, no flags
        new Span<byte>(action, LibC.KernelSigactionSize).Clear();
        _ = LibC.syscall((nint)SystemCallNumber.RtSigaction, signal, (nint)action, 0, LibC.KernelSignalSetSize, 0);
    }
}
