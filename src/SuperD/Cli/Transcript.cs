using System.Text;

namespace SuperD.Cli;

/// <summary>What <c>superd connect</c> shows: the server's bytes as they are, or with <c>-v</c> each step and each line of the server marked with <c>==></c>.</summary>
internal sealed class Transcript(Stream output, bool verbose)
{
    private bool _insideLine;

    /// <summary>Something the client has done; shown with <c>-v</c> only.</summary>
    public void Step(string what)
    {
        if (verbose)
        {
            Write($"==> {what}\n");
        }
    }

    /// <summary>Shown at once, a line without its end as well: it may be a prompt.</summary>
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

    /// <summary>The server has ended; with <c>-v</c> so does its last line.</summary>
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
