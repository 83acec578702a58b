namespace SuperD.Linux;

/// <summary>The signals that mean something to superd, held back while one image of the process becomes the next, so that none is lost.</summary>
/// <remarks>
/// A blocked signal that is pending stays so over execve(2), and the next image gets it when it is ready to. But only this thread's mask
/// passes on: to another thread a signal would still be delivered, and die with it. So for this moment the handler of each signal
/// is a few instructions that send it to this thread, where it is blocked. One thread, the loop's.
/// </remarks>
public sealed unsafe class HeldSignals
{
    /// <summary>What the code is assembled from (<c>as</c>, Intel syntax).</summary>
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

    // SA_RESTORER of <asm/signal.h>: the kernel's own, which the C library keeps to itself.
    private const ulong RestorerFlag = 0x04000000;

    private const ulong SA_RESTART = 0x10000000;

    private static readonly int[] s_signals = [Signal.SIGHUP, Signal.SIGINT, Signal.SIGQUIT, Signal.SIGUSR1, Signal.SIGUSR2, Signal.SIGTERM];

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
            return; // the kernel has no page to give: then one that comes just now may be lost
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

    /// <summary>From now on they wait, in this thread.</summary>
    public static HeldSignals Hold() => new();

    /// <summary>All is as it was before; what came meanwhile is delivered. Once.</summary>
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

    /// <summary>Null when the kernel gives no page for it.</summary>
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

        byte* page = LibC.mmap(null, (nuint)code.Length, LibC.PROT_READ | LibC.PROT_EXEC, LibC.MAP_SHARED, memory!.Value, 0); // no error: it is there
        memory.Dispose();
        return page == (byte*)-1 ? null : page;
    }
}
