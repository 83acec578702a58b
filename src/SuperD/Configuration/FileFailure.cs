using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>Says in the system's words why .NET could not use a file. Its own words name no errno, and often no reason.</summary>
internal static class FileFailure
{
    private const int LastErrno = 4095;

    /// <summary>Path and reason: <c>/srv/x: No such file or directory (errno 2)</c>; the message as it is if it has no errno.</summary>
    public static string Describe(Exception failure)
    {
        int errno = failure switch
        {
            FileNotFoundException or DirectoryNotFoundException => Errno.ENOENT,
            UnauthorizedAccessException { InnerException: IOException inner } => inner.HResult,
            _ => failure.HResult,
        };
        if (errno is <= 0 or > LastErrno)
        {
            return failure.Message;
        }

        // .NET puts the path, and nothing else, in quotes.
        int start = failure.Message.IndexOf('\''), end = failure.Message.LastIndexOf('\'');
        string path = end > start ? $"{Wording.Path(failure.Message[(start + 1)..end])}: " : string.Empty;
        return path + Errno.Describe(errno);
    }
}
