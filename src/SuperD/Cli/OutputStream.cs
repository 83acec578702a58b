using SuperD.Linux;

namespace SuperD.Cli;

/// <summary>stdout or stderr as a stream. Each write is a write(2), so programs that share a redirection share its offset.</summary>
/// <param name="isError">
/// True for stderr, whose failures are ignored: there is nowhere left to report them. A failure of stdout is an <see
/// cref="OutputFailure"/>.
/// </param>
internal sealed class OutputStream(bool isError) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (isError)
        {
            _ = StandardDescriptors.WriteError(buffer);
        }
        else if (StandardDescriptors.WriteOutput(buffer) is { IsError: true } failed)
        {
            throw new OutputFailure(failed.Errno);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        // Nothing is held back.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
