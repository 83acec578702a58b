namespace SuperD.Linux;

/// <summary>A last message and an exit that do not rely on the .NET runtime.</summary>
public static unsafe class ProcessEnd
{
    /// <summary>PIPE_BUF: a pipe that is ready for writing takes this much at once, without blocking; see pipe(7).</summary>
    private const int MostBytes = 4096;

    /// <summary>Writes to standard error unless that would block; truncates a longer text.</summary>
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

    /// <summary>Ends this process at once, as KILL would, but with an exit code. Any thread; waits for no other.</summary>
    public static void Exit(int code) => LibC._exit(code);
}
