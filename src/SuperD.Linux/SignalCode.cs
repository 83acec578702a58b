namespace SuperD.Linux;

/// <summary>Signal handlers of a few instructions, since no managed code can run in one; see sigaction(2).</summary>
internal static unsafe class SignalCode
{
    private const nint Ignore = 1; // SIG_IGN

    // SA_RESTORER of <asm/signal.h>, which the C library does not export.
    private const ulong RestorerFlag = 0x04000000;

    private const ulong SA_RESTART = 0x10000000;

    /// <summary>Maps code, read and execute; null when the kernel has no page left. It is never unmapped.</summary>
    public static byte* Map(ReadOnlySpan<byte> code)
    {
        if (MemoryFile.Create("superd-signals", code, out Fd? memory).IsError)
        {
            return null;
        }

        // MemoryFile.Create succeeded, so memory is not null.
        byte* page = LibC.mmap(null, (nuint)code.Length, LibC.PROT_READ | LibC.PROT_EXEC, LibC.MAP_SHARED, memory!.Value, 0);
        memory.Dispose();
        return page == (byte*)-1 ? null : page;
    }

    /// <summary>Makes code the handler of a signal, unless the signal is ignored, as by nohup(1).</summary>
    /// <param name="code">Where the handler begins.</param>
    /// <param name="restore">Where the code begins that returns from it: rt_sigreturn(2).</param>
    /// <param name="before">Receives the action until now, for <see cref="Restore"/>.</param>
    public static void Install(int signal, byte* code, byte* restore, Span<byte> before)
    {
        Read(signal, before);
        if (!IsIgnored(before))
        {
            // struct sigaction: handler, flags, restorer, mask.
            ulong* action = stackalloc ulong[LibC.KernelSigactionSize / sizeof(ulong)];
            action[0] = (ulong)code;
            action[1] = RestorerFlag | SA_RESTART;
            action[2] = (ulong)restore;
            action[3] = ulong.MaxValue;
            Set(signal, (byte*)action, null);
        }
    }

    /// <summary>Gives a signal the action back that <see cref="Install"/> replaced.</summary>
    public static void Restore(int signal, ReadOnlySpan<byte> before)
    {
        if (!IsIgnored(before))
        {
            fixed (byte* action = before)
            {
                Set(signal, action, null);
            }
        }
    }

    private static void Read(int signal, Span<byte> action)
    {
        fixed (byte* old = action)
        {
            Set(signal, null, old);
        }
    }

    private static bool IsIgnored(ReadOnlySpan<byte> action) => BitConverter.ToInt64(action) == Ignore;

    private static void Set(int signal, byte* action, byte* old) =>
        _ = LibC.syscall((nint)SystemCallNumber.RtSigaction, signal, (nint)action, (nint)old, LibC.KernelSignalSetSize, 0);
}
