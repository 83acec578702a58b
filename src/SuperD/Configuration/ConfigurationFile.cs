using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>Reads a configuration file whole, whatever it turns out to be: a FIFO, a directory, a device, nothing.</summary>
internal static class ConfigurationFile
{
    /// <summary>Far more than any configuration needs: beyond it the name is a mistake (a log, an image).</summary>
    private const int LargestSize = 1024 * 1024;

    /// <summary>The file's bytes; null when it cannot be read, which is then reported. Symbolic links are followed.</summary>
    /// <param name="largestSize">In bytes; a larger file is a mistake.</param>
    public static byte[]? Read(string file, Problems problems, int largestSize = LargestSize)
    {
        string? why = TryRead(file, largestSize, out byte[] bytes);
        if (why is null)
        {
            return bytes;
        }

        problems.Error(new Place(file, SourceSpan.WholeFile), why);
        return null;
    }

    private static string? TryRead(string file, int largestSize, out byte[] bytes)
    {
        bytes = [];

        // Looked at before it is opened: opening a FIFO waits for its writer.
        int errno = FileStatus.TryRead(file, followLinks: true, out FileStatus status);
        if (errno != 0)
        {
            bool link = FileStatus.TryRead(file, followLinks: false, out FileStatus itself) == 0 && itself.Kind == FileKind.SymbolicLink;
            return link
                ? $"cannot be read: it is a symbolic link that leads nowhere: {Errno.Describe(errno)}; repair or remove it"
                : $"cannot be read: {Errno.Describe(errno)}";
        }

        if (status.Kind != FileKind.Regular)
        {
            return $"is {FileWords.Of(status.Kind)}, not a regular file; remove or rename it, or put a file in its place";
        }

        if (status.Size > (ulong)largestSize)
        {
            return $"is too large, {status.Size} bytes of at most {largestSize}; is it a configuration file?";
        }

        try
        {
            using FileStream stream = new(file, new FileStreamOptions { BufferSize = 0, Share = FileShare.ReadWrite | FileShare.Delete });
            byte[] buffer = new byte[Math.Max((int)status.Size + 1, 4096)];
            int length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            bytes = buffer[..length];
            return length < buffer.Length ? null : "has grown while it was read; try again";
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return $"cannot be read: {problem.Message}";
        }
    }
}
