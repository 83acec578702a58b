using System.Net.Sockets;
using SuperD.Conversing;

namespace SuperD.Cli.Web;

/// <summary>Accepts browsers at the socket that superd passed, one thread for each, until nobody looks any more.</summary>
/// <remarks>
/// The number of clients and all times are bounded. One that has not sent its request makes room for the next, the oldest first, so that
/// nobody keeps others out by doing nothing.
/// </remarks>
internal sealed class WebServer(WebFeed feed, WebPages pages)
{
    /// <summary>Clients at once.</summary>
    public const int MostClients = 32;

    /// <summary>Of these, those with an endless response.</summary>
    public const int MostWatching = 16;

    /// <summary>How long it waits for the next client when there is none. Who looks has a connection all the time.</summary>
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(3);

    /// <summary>How long those who look have for the last event.</summary>
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new(); // guards the list
    private readonly List<WebClient> _clients = [];

    /// <summary>Serves until there has been no client for a while, or the console answers no more.</summary>
    public void Run()
    {
        // Not blocking, as superd made it: a client may have left before it is accepted.
        using var listener = new Socket(new SafeSocketHandle(0, ownsHandle: false)) { Blocking = false };
        long quietSince = Environment.TickCount64;
        while (!feed.IsOver)
        {
            if (Count() > 0)
            {
                quietSince = Environment.TickCount64;
            }

            if (listener.Poll(s_look, SelectMode.SelectRead))
            {
                if (feed.IsOver)
                {
                    break; // it is for the next process
                }

                quietSince = Environment.TickCount64;
                Accept(listener);
            }
            else if (Environment.TickCount64 - quietSince > s_idle.TotalMilliseconds)
            {
                return;
            }
        }

        for (long end = Environment.TickCount64 + (long)s_farewell.TotalMilliseconds; Count() > 0 && Environment.TickCount64 < end;)
        {
            Thread.Sleep(s_look);
        }
    }

    /// <summary>Whether one more may have an endless response; it counts from then on.</summary>
    public bool TryWatch(WebClient client)
    {
        lock (_lock)
        {
            client.IsWatching = _clients.Count(other => other.IsWatching) < MostWatching;
            return client.IsWatching;
        }
    }

    /// <summary>A client is gone.</summary>
    public void Remove(WebClient client)
    {
        lock (_lock)
        {
            _clients.Remove(client);
        }
    }

    private int Count()
    {
        lock (_lock)
        {
            return _clients.Count;
        }
    }

    private void Accept(Socket listener)
    {
        Socket socket;
        try
        {
            socket = listener.Accept();
            socket.Blocking = true; // .NET lets it take after the listener
        }
        catch (SocketException)
        {
            Thread.Sleep(s_look); // the client has left, or there are no descriptors
            return;
        }

        var client = new WebClient(this, pages, socket);
        lock (_lock)
        {
            if (_clients.Count == MostClients)
            {
                WebClient leaving = _clients.Find(other => !other.HasAsked) ?? client;
                _clients.Remove(leaving);
                leaving.Close();
                if (leaving == client)
                {
                    return;
                }
            }

            _clients.Add(client);
        }

        client.Start();
    }
}
