namespace SuperD.Linux;

/// <summary>Holds the signals superd handles while one image of the process replaces itself with the next, so that none is lost.</summary>
/// <remarks>
/// A blocked pending signal survives execve(2), and the next image receives it when it is ready. But execve keeps only this thread's
/// mask: a signal delivered to another thread would be lost with that thread. So for this moment the handler of each signal is a few
/// instructions that redirect the signal to this thread, which blocks it. Loop thread only.
/// </remarks>
public sealed unsafe class HeldSignals
{
    private static readonly int[] s_signals =
        [Signal.SIGHUP, Signal.SIGINT, Signal.SIGQUIT, Signal.SIGUSR1, Signal.SIGUSR2, Signal.SIGTERM];

    private readonly byte[] _actions = new byte[s_signals.Length * LibC.KernelSigactionSize];
    private readonly ulong _mask;
    private readonly bool _areForwarded;

    // Where in the code the ids are, and where it returns from the signal.
    internal static ByProcessor ProcessAt => new(3, 32);
    internal static ByProcessor ThreadAt => new(8, 36);
    internal static ByProcessor RestoreAt => new(20, 24);

    private HeldSignals()
    {
        ulong held = 0;
        foreach (int signal in s_signals)
        {
            held |= 1UL << (signal - 1);
        }

        _mask = SignalMask.Exchange(held);
        byte* code = Map();
        if (code == null)
        {
            return; // the kernel has no page left: a signal that arrives right now may be lost
        }

        _areForwarded = true;
        for (int i = 0; i < s_signals.Length; i++)
        {
            SignalCode.Install(s_signals[i], code, code + RestoreAt, ActionOf(i));
        }
    }

    /// <summary>Blocks the signals in this thread and redirects those that arrive in other threads to it.</summary>
    public static HeldSignals Hold() => new();

    /// <summary>Restores the handlers and the mask; signals held meanwhile are delivered. Call once.</summary>
    public void Release()
    {
        for (int i = 0; _areForwarded && i < s_signals.Length; i++)
        {
            SignalCode.Restore(s_signals[i], ActionOf(i));
        }

        _ = SignalMask.Exchange(_mask);
    }

    private Span<byte> ActionOf(int index) => _actions.AsSpan(index * LibC.KernelSigactionSize, LibC.KernelSigactionSize);

    /// <summary>Maps the code with this process's and thread's ids; null when the kernel has no page left.</summary>
    private static byte* Map()
    {
        Span<byte> code = stackalloc byte[MachineCode.Forward.Length];
        MachineCode.Forward.CopyTo(code);
        _ = BitConverter.TryWriteBytes(code[(int)ProcessAt..], Environment.ProcessId);
        _ = BitConverter.TryWriteBytes(code[(int)ThreadAt..], (int)LibC.syscall((nint)SystemCallNumber.Gettid, 0, 0, 0, 0, 0));
        return SignalCode.Map(code);
    }
}
