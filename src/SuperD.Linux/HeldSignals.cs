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
    private const nint Ignore = 1;

    // SA_RESTORER of <asm/signal.h>, which the C library does not export.
    private const ulong RestorerFlag = 0x04000000;

    private const ulong SA_RESTART = 0x10000000;

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

        // struct sigaction: handler, flags, restorer, mask.
        ulong* forward = stackalloc ulong[LibC.KernelSigactionSize / sizeof(ulong)];
        forward[0] = (ulong)code;
        forward[1] = RestorerFlag | SA_RESTART;
        forward[2] = (ulong)(code + RestoreAt);
        forward[3] = ulong.MaxValue;
        _areForwarded = true;
        for (int i = 0; i < s_signals.Length; i++)
        {
            fixed (byte* before = &_actions[i * LibC.KernelSigactionSize])
            {
                SetAction(s_signals[i], null, before);
                if (*(nint*)before != Ignore)
                {
                    SetAction(s_signals[i], (byte*)forward, null);
                }
            }
        }
    }

    /// <summary>Blocks the signals in this thread and redirects those that arrive in other threads to it.</summary>
    public static HeldSignals Hold() => new();

    /// <summary>Restores the handlers and the mask; signals held meanwhile are delivered. Call once.</summary>
    public void Release()
    {
        for (int i = 0; _areForwarded && i < s_signals.Length; i++)
        {
            fixed (byte* before = &_actions[i * LibC.KernelSigactionSize])
            {
                if (*(nint*)before != Ignore)
                {
                    SetAction(s_signals[i], before, null);
                }
            }
        }

        _ = SignalMask.Exchange(_mask);
    }

    private static void SetAction(int signal, byte* action, byte* old) =>
        _ = LibC.syscall((nint)SystemCallNumber.RtSigaction, signal, (nint)action, (nint)old, LibC.KernelSignalSetSize, 0);

    /// <summary>Maps the code with this process's and thread's ids; null when the kernel has no page left.</summary>
    private static byte* Map()
    {
        Span<byte> code = stackalloc byte[Code.Length];
        Code.CopyTo(code);
        _ = BitConverter.TryWriteBytes(code[ProcessAt..], Environment.ProcessId);
        _ = BitConverter.TryWriteBytes(code[ThreadAt..], (int)LibC.syscall((nint)SystemCallNumber.Gettid, 0, 0, 0, 0, 0));
        if (MemoryFile.Create("superd-signals", code, out Fd? memory).IsError)
        {
            return null;
        }

        // MemoryFile.Create succeeded, so memory is not null.
        byte* page = LibC.mmap(null, (nuint)code.Length, LibC.PROT_READ | LibC.PROT_EXEC, LibC.MAP_SHARED, memory!.Value, 0);
        memory.Dispose();
        return page == (byte*)-1 ? null : page;
    }
}
