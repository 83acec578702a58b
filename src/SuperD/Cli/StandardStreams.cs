using Microsoft.Win32.SafeHandles;
using SuperD.Linux;

namespace SuperD.Cli;

/// <summary>stdin, stdout and stderr as plain descriptors: <c>read</c> and <c>write</c>, nothing else.</summary>
/// <remarks>
/// The streams of <see cref="Console"/> edit a terminal's lines themselves and hide that the reader of stdout is gone (EPIPE).
/// </remarks>
internal static class StandardStreams
{
    /// <summary>Opens stdin; empty if the parent has closed it.</summary>
    /// <remarks>
    /// A <see cref="FileStream"/> leaves a terminal's lines to the kernel. On a seekable file it would read at an offset of its own, so
    /// that another program with the same redirection started over; there the Console's stream is right.
    /// </remarks>
    public static Stream OpenInput()
    {
        if (!StandardDescriptors.HasInput)
        {
            return Stream.Null;
        }

        var stream = new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0);
        return stream.CanSeek ? Console.OpenStandardInput() : stream;
    }

    /// <summary>Opens stdout. A write that fails is an <see cref="OutputFailure"/>.</summary>
    public static Stream OpenOutput() => new OutputStream(isError: false);

    /// <summary>Reports a stdout that accepts nothing, for a command that may have nothing to write for a long time.</summary>
    /// <exception cref="OutputFailure">It is closed, or the device is full.</exception>
    public static void CheckOutput()
    {
        if (StandardDescriptors.ProbeOutput() is { IsError: true } failed)
        {
            throw new OutputFailure(failed.Errno);
        }
    }

    /// <summary>Opens stderr. A write that fails is ignored.</summary>
    public static Stream OpenError() => new OutputStream(isError: true);

    /// <summary>A writer of UTF-8 that holds nothing back.</summary>
    public static TextWriter WriterTo(Stream stream) => new StreamWriter(stream, bufferSize: 16 * 1024) { AutoFlush = true };
}
