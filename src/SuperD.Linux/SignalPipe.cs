namespace SuperD.Linux;

/// <summary>A pipe to which each signal writes its number, in whatever thread it arrives; see pipe(7), signal-safety(7).</summary>
/// <remarks>
/// .NET's own PosixSignalRegistration starts a thread for each signal, and the process dies when it cannot: whoever fills the table of
/// processes would turn a TERM into a crash.
/// </remarks>
public sealed unsafe class SignalPipe
{
    private readonly Fd _writeEnd; // the handlers know its number
    private readonly byte* _code;

    // Where in the code the descriptor is, and where it returns from the signal.
    internal static ByProcessor PipeAt => new(2, 40);
    internal static ByProcessor RestoreAt => new(20, 32);

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
        Span<byte> code = stackalloc byte[MachineCode.Tell.Length];
        MachineCode.Tell.CopyTo(code);
        _ = BitConverter.TryWriteBytes(code[(int)PipeAt..], _writeEnd.Value);
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
