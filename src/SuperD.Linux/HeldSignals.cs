namespace SuperD.Linux;

/// <summary>Holds the signals superd handles while one image of the process replaces itself with the next, so that none is lost.</summary>
/// <remarks>
/// A blocked pending signal survives execve(2), and the next image receives it when it is ready. But execve keeps only this thread's
/// mask: a signal delivered to another thread would be lost with that thread. So for this moment the handler of each signal is a few
/// instructions that redirect the signal to this thread, which blocks it. Loop thread only.
/// </remarks>
public sealed unsafe class HeldSignals
{
    /// <summary>The source the code is assembled from (<c>as</c>, Intel syntax).</summary>
    internal const string Listing = """
        forward: mov edx, edi           # the signal
                 mov edi, 0x11111111    # the process
                 mov esi, 0x22222222    # the thread
                 mov eax, 234           # tgkill
                 syscall
                 ret
        restore: mov eax, 15            # rt_sigreturn
                 syscall

        """;

    private const int ProcessAt = 3;
    private const int ThreadAt = 8;
    private const int RestoreAt = 20;

    private static readonly int[] s_signals =
        [Signal.SIGHUP, Signal.SIGINT, Signal.SIGQUIT, Signal.SIGUSR1, Signal.SIGUSR2, Signal.SIGTERM];

    /// <summary>The machine code of <see cref="Listing"/>; the process and thread ids are filled in before use.</summary>
    internal static ReadOnlySpan<byte> Code =>
    [
        0x89, 0xfa, 0xbf, 0x11, 0x11, 0x11, 0x11, 0xbe, 0x22, 0x22, 0x22, 0x22, 0xb8, 0xea, 0x00, 0x00, 0x00, 0x0f, 0x05, 0xc3,
        0xb8, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05,
    ];

    private readonly byte[] _actions = new byte[s_signals.Length * LibC.KernelSigactionSize];
    private readonly ulong _mask;
    private readonly bool _areForwarded;

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
        Span<byte> code = stackalloc byte[Code.Length];
        Code.CopyTo(code);
        _ = BitConverter.TryWriteBytes(code[ProcessAt..], Environment.ProcessId);
        _ = BitConverter.TryWriteBytes(code[ThreadAt..], (int)LibC.syscall((nint)SystemCallNumber.Gettid, 0, 0, 0, 0, 0));
        return SignalCode.Map(code);
    }
}
