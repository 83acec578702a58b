namespace SuperD.Linux;

/// <summary>What a process can still do when nothing of the runtime can be relied upon: say a word, and end.</summary>
public static unsafe class ProcessEnd
{
    /// <summary>PIPE_BUF: where a pipe is ready for writing, this much is written at once and never waited for; see pipe(7).</summary>
    private const int MostBytes = 4096;

    /// <summary>Writes to standard error, unless that would wait; what is too long is cut.</summary>
    public static void TrySay(ReadOnlySpan<byte> text)
    {
        var stderr = new LibC.pollfd { fd = 2, events = LibC.POLLOUT };
        if (LibC.poll(&stderr, 1, timeoutMs: 0) == 1 && (stderr.revents & LibC.POLLOUT) != 0)
        {
            fixed (byte* bytes = text)
            {
                _ = LibC.write(stderr.fd, bytes, (nuint)Math.Min(text.Length, MostBytes));
            }
        }
    }

    /// <summary>Ends this process now, as KILL would, but with an exit code. Any thread; waits for no other.</summary>
    public static void Exit(int code) => LibC._exit(code);
}
