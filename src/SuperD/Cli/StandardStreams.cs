using Microsoft.Win32.SafeHandles;

namespace SuperD.Cli;

/// <summary>stdin and stdout as plain descriptors: <c>read</c> and <c>write</c>, nothing else.</summary>
/// <remarks>
/// The streams of <see cref="Console"/> edit a terminal's lines themselves and hide that the reader of stdout is gone (EPIPE); a <see
/// cref="FileStream"/> leaves both to the kernel. On a seekable file, however, FileStream reads and writes at an offset of its own, so that
/// another program with the same redirection would start over; there the Console's stream is right.
/// </remarks>
internal static class StandardStreams
{
    /// <summary>Opens stdin.</summary>
    public static Stream OpenInput() => Open(0, FileAccess.Read) ?? Console.OpenStandardInput();

    /// <summary>Opens stdout.</summary>
    public static Stream OpenOutput() => Open(1, FileAccess.Write) ?? Console.OpenStandardOutput();

    /// <summary>Opens a descriptor unbuffered; returns null for a seekable file.</summary>
    private static FileStream? Open(int fd, FileAccess access)
    {
        var stream = new FileStream(new SafeFileHandle(fd, ownsHandle: false), access, bufferSize: 0);
        return stream.CanSeek ? null : stream;
    }
}
