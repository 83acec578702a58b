using System.Text;

namespace SuperD.Cli;

/// <summary>
/// The output of <c>superd connect</c>: the server's bytes as they are; or, with <c>-v</c>, each step and each line of the server, marked
/// with <c>==></c>.
/// </summary>
internal sealed class Transcript(Stream output, bool verbose)
{
    private bool _insideLine;

    /// <summary>Shows a step of the client; only with <c>-v</c>.</summary>
    public void Step(string what)
    {
        if (verbose)
        {
            Write($"==> {what}\n");
        }
    }

    /// <summary>Shows what the server sent, at once; an unfinished line too, because it may be a prompt.</summary>
    public void FromServer(ReadOnlySpan<byte> bytes)
    {
        if (verbose)
        {
            WriteMarked(bytes);
        }
        else
        {
            output.Write(bytes);
        }

        output.Flush();
    }

    /// <summary>Runs when the server has ended; with <c>-v</c>, ends an unfinished last line.</summary>
    public void End()
    {
        if (_insideLine)
        {
            Write("\n");
        }
    }

    private void WriteMarked(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (!_insideLine)
            {
                Write("==> From Server : ");
            }

            var lineEnd = bytes.IndexOf((byte)'\n');
            var part = lineEnd < 0 ? bytes : bytes[..(lineEnd + 1)];
            output.Write(part);
            _insideLine = lineEnd < 0;
            bytes = bytes[part.Length..];
        }
    }

    private void Write(string text)
    {
        output.Write(Encoding.UTF8.GetBytes(text));
        output.Flush();
    }
}
