using System.Net.Sockets;
using SuperD.Conversing;

namespace SuperD.Cli.Web;

/// <summary>One client: reads one request, answers it, and closes. On a thread of its own.</summary>
internal sealed class WebClient(WebServer server, WebPages pages, Socket socket)
{
    private const int StackSize = 256 * 1024;
    private const int LargestSend = 64 * 1024;

    /// <summary>For the whole head, however slowly it comes.</summary>
    private static readonly TimeSpan s_longestHead = TimeSpan.FromSeconds(10);

    /// <summary>For each piece of a response.</summary>
    private static readonly TimeSpan s_longestSend = TimeSpan.FromSeconds(10);

    /// <summary>How long the client may take to read the rest and end its side, so that no reset destroys the answer.</summary>
    private static readonly TimeSpan s_longestEnd = TimeSpan.FromSeconds(1);

    /// <summary>Whether its request is here; until then it makes room for others.</summary>
    public bool HasAsked { get; private set; }

    /// <summary>Whether its response is endless.</summary>
    public bool IsWatching { get; set; }

    /// <summary>Begins to serve it.</summary>
    public void Start() => new Thread(Serve, StackSize) { IsBackground = true, Name = "client" }.Start();

    /// <summary>Ends it; any thread.</summary>
    public void Close() => socket.Dispose();

    private void Serve()
    {
        try
        {
            Converse();
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // the client has left, was too slow, or had to make room
        }

        socket.Dispose();
        server.Remove(this);
    }

    private void Converse()
    {
        byte[] head = new byte[HttpRequest.MostBytes];
        int length = 0;
        HttpRequest? request = null;
        HttpStatus? problem = null;
        long end = Environment.TickCount64 + (long)s_longestHead.TotalMilliseconds;
        while (request is null && problem is null)
        {
            int left = (int)(end - Environment.TickCount64);
            if (left <= 0)
            {
                return;
            }

            socket.ReceiveTimeout = left;
            int count = socket.Receive(head.AsSpan(length));
            if (count == 0)
            {
                return;
            }

            length += count;
            request = HttpRequest.Parse(head.AsSpan(0, length), out problem);
        }

        HasAsked = true;
        HttpResponse response = problem is { } status
            ? HttpResponse.Refusal(status)
            : Answer(request!, head.AsSpan(0, length)); // one of the two is there
        foreach (byte[] piece in response.Bytes(request))
        {
            Send(piece);
        }

        socket.Shutdown(SocketShutdown.Send);
        socket.ReceiveTimeout = (int)s_longestEnd.TotalMilliseconds;
        end = Environment.TickCount64 + (long)s_longestEnd.TotalMilliseconds;
        while (Environment.TickCount64 < end && socket.Receive(head) > 0)
        {
        }
    }

    private HttpResponse Answer(HttpRequest request, ReadOnlySpan<byte> head)
    {
        HttpResponse response = pages.Answer(request, head);
        return response.Pieces is null || request.IsHead || server.TryWatch(this)
            ? response
            : HttpResponse.Sentence(HttpStatus.NotReady, "too many look already") with { Headers = response.Headers };
    }

    /// <summary>All of it, or an exception: a client that reads too slowly is not waited for.</summary>
    private void Send(ReadOnlySpan<byte> bytes)
    {
        long end = Environment.TickCount64 + (long)s_longestSend.TotalMilliseconds;
        while (!bytes.IsEmpty)
        {
            socket.SendTimeout = (int)Math.Max(1, end - Environment.TickCount64);
            bytes = bytes[socket.Send(bytes[..Math.Min(bytes.Length, LargestSend)])..];
        }
    }
}
