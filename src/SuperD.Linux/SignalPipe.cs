namespace SuperD.Linux;

/// <summary>A pipe to which each signal writes its number, in whatever thread it arrives; see pipe(7), signal-safety(7).</summary>
/// <remarks>
/// .NET's own PosixSignalRegistration starts a thread for each signal, and the process dies when it cannot: whoever fills the table of
/// processes would turn a TERM into a crash.
/// </remarks>
public sealed unsafe class SignalPipe
{
    /// <summary>The source the code is assembled from (<c>as</c>, Intel syntax).</summary>
    internal const string Listing = """
        tell:    push rdi               # the signal; its number fits the first byte
                 mov edi, 0x11111111    # the pipe, which does not block
                 mov rsi, rsp
                 mov edx, 1
                 mov eax, edx           # write
                 syscall
                 pop rdi
                 ret
        restore: mov eax, 15            # rt_sigreturn
                 syscall

        """;

    private const int PipeAt = 2;
    private const int RestoreAt = 20;

    private readonly Fd _writeEnd; // the handlers know its number
    private readonly byte* _code;

    /// <summary>The machine code of <see cref="Listing"/>; the descriptor is filled in before use.</summary>
    internal static ReadOnlySpan<byte> Code =>
    [
        0x57, 0xbf, 0x11, 0x11, 0x11, 0x11, 0x48, 0x89, 0xe6, 0xba, 0x01, 0x00, 0x00, 0x00, 0x89, 0xd0, 0x0f, 0x05, 0x5f, 0xc3,
        0xb8, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05,
    ];

    /// <summary>Makes the pipe. It stays for good: a handler may run until the process ends.</summary>
    /// <exception cref="IOException">No descriptor or no page is free.</exception>
    public SignalPipe()
    {
        SysResult made = Pipe.Create(out Fd? readEnd, out Fd? writeEnd);
        if (made.IsError)
        {
            throw new IOException($"a pipe for signals: {Errno.Describe(made.Errno)}");
        }

        (ReadEnd, _writeEnd) = (readEnd!, writeEnd!); // both were made
        _ = LibC.fcntl(_writeEnd.Value, LibC.F_SETFL, LibC.O_NONBLOCK);
        Span<byte> code = stackalloc byte[Code.Length];
        Code.CopyTo(code);
        _ = BitConverter.TryWriteBytes(code[PipeAt..], _writeEnd.Value);
        _code = SignalCode.Map(code);
        if (_code == null)
        {
            throw new IOException("no page for a handler of signals");
        }
    }

    /// <summary>Where the signals arrive, each a byte; it does not block.</summary>
    public Fd ReadEnd { get; }

    /// <summary>Sends a signal here from now on, unless it is ignored, as by nohup(1).</summary>
    public void Add(int signal)
    {
        Span<byte> before = stackalloc byte[LibC.KernelSigactionSize];
        SignalCode.Install(signal, _code, _code + RestoreAt, before);
    }
}
