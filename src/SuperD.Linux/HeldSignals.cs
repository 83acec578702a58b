namespace SuperD.Linux;

/// <summary>The signals that mean something to superd, held back while one image of the process becomes the next, so that none is lost.</summary>
/// <remarks>
/// A blocked signal that is pending stays so over execve(2), and the next image gets it when it is ready to. But only this thread's mask
/// passes on: to another thread a signal would still be delivered, and die with it. So for this moment the handler of each signal
/// is a few instructions that send it to this thread, where it is blocked.
/// </remarks>
internal static unsafe class HeldSignals
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
    private const ulong SA_RESTORER = 0x04000000;
    private const ulong SA_RESTART = 0x10000000;

    private static readonly int[] s_signals = [Signal.SIGHUP, Signal.SIGINT, Signal.SIGQUIT, Signal.SIGUSR1, Signal.SIGUSR2, Signal.SIGTERM];

    internal static ReadOnlySpan<byte> Code =>
    [
        0x89, 0xfa, 0xbf, 0x11, 0x11, 0x11, 0x11, 0xbe, 0x22, 0x22, 0x22, 0x22, 0xb8, 0xea, 0x00, 0x00, 0x00, 0x0f, 0x05, 0xc3,
        0xb8, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05,
    ];

    /// <summary>From now on they wait, in this thread; <paramref name="before"/> is what <see cref="Release"/> needs.</summary>
    internal static void Hold(out Actions before)
    {
        before = default;
        ulong held = 0;
        foreach (int signal in s_signals)
        {
            held |= 1UL << (signal - 1);
        }

        before.Mask = SignalMask.Exchange(held);
        byte* code = Map();
        if (code == null)
        {
            return; // then one that comes within this microsecond may be lost
        }

        foreach (int signal in s_signals)
        {
            Span<byte> old = before[signal];
            fixed (byte* oldAction = old)
            {
                _ = SetAction(signal, null, oldAction);
                if (*(nint*)oldAction == Ignore)
                {
                    continue;
                }

                var forward = stackalloc ulong[LibC.KernelSigactionSize / sizeof(ulong)];
                forward[0] = (ulong)code;
                forward[1] = SA_RESTORER | SA_RESTART;
                forward[2] = (ulong)(code + RestoreAt);
                forward[3] = ulong.MaxValue;
                _ = SetAction(signal, (byte*)forward, null);
            }
        }

        before.AreForwarded = true;
    }

    /// <summary>All is as it was before; what came meanwhile is delivered.</summary>
    internal static void Release(ref Actions before)
    {
        foreach (int signal in before.AreForwarded ? s_signals : [])
        {
            fixed (byte* oldAction = before[signal])
            {
                if (*(nint*)oldAction != Ignore)
                {
                    _ = SetAction(signal, oldAction, null);
                }
            }
        }

        _ = SignalMask.Exchange(before.Mask);
    }

    private static nint SetAction(int signal, byte* action, byte* old) =>
        LibC.syscall((nint)SystemCallNumber.RtSigaction, signal, (nint)action, (nint)old, LibC.KernelSignalSetSize, 0);

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

    /// <summary>What was in force before.</summary>
    internal struct Actions
    {
        private fixed byte _actions[(Signal.SIGTERM + 1) * LibC.KernelSigactionSize];

        internal ulong Mask { get; set; }

        internal bool AreForwarded { get; set; }

        internal Span<byte> this[int signal] =>
            System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref _actions[signal * LibC.KernelSigactionSize], LibC.KernelSigactionSize);
    }
}
