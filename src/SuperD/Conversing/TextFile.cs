using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Conversing;

/// <summary>A file with a text for clients, and what it held when it was last read.</summary>
internal sealed class TextFile(string path)
{
    private FileStamp _stamp;

    public string Path => path;

    /// <summary>Its text; empty before it was ever read.</summary>
    public TextTemplate Text { get; private set; } = TextTemplate.Literal(default);

    /// <summary>Who waits for a look at it that is under way. Loop only.</summary>
    public List<Action<TextTemplate>> Waiting { get; } = [];

    /// <summary>What was last logged of it; null when all is well. Loop only.</summary>
    public string? ToldProblem { get; set; }

    /// <summary>Reads the file if it has changed. May block; by one thread at a time.</summary>
    /// <returns>Null, or why the text stays as it was.</returns>
    public string? Refresh()
    {
        FileStamp stamp = FileStamp.Of(path);
        if (stamp != default && stamp == _stamp)
        {
            return null;
        }

        // Looked at before it is opened: opening a FIFO waits for its writer.
        int errno = FileStatus.TryRead(path, followLinks: true, out FileStatus status);
        if (errno != 0 || status.Kind != FileKind.Regular)
        {
            return errno != 0 ? Errno.Describe(errno) : "it is not a regular file any more";
        }

        try
        {
            using FileStream stream = new(path, new FileStreamOptions { BufferSize = 0, Share = FileShare.ReadWrite | FileShare.Delete });
            if (stream.Length > BannerDefinition.LargestFile)
            {
                return $"it has {stream.Length} bytes, and at most {BannerDefinition.LargestFile} are kept";
            }

            byte[] bytes = new byte[stream.Length];
            int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            Text = TextTemplate.OfFile(bytes.AsMemory(0, length));

            // The stamp from before the reading: a change meanwhile is seen by the next look.
            _stamp = stamp;
            return null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return problem.Message;
        }
    }
}
