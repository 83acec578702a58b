using SuperD.Linux;

namespace SuperD.Cli;

/// <summary>stdout does not accept a command's output; see <see cref="CommandLine.Run"/>.</summary>
/// <param name="errno">From write(2).</param>
internal sealed class OutputFailure(int errno) : IOException(errno == Errno.EBADF ? "it is closed" : Errno.Describe(errno))
{
    /// <summary>Whether the program that read it has ended (<c>superd ps | head -1</c>), which is no news for the user.</summary>
    public bool IsReaderGone => errno == Errno.EPIPE;
}
