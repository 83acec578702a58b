using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SuperD.Benchmarks.Soak;

/// <summary>The clients of the soak test: a fixed number at a time, each with a random service and a random manner.</summary>
internal sealed class SoakClients(SoakService[] services)
{
    private const int AtOnce = 32;

    private static readonly byte[] s_request = Encoding.ASCII.GetBytes(new string('x', 500));
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly SoakService[] _lots = [.. services.SelectMany(service => Enumerable.Repeat(service, service.Weight))];
    private long _connected;
    private readonly ConcurrentDictionary<string, int> _lost = [];
    private long _stuck;

    /// <summary>Connections made so far.</summary>
    public long Connected => Interlocked.Read(ref _connected);

    /// <summary>Missing or incomplete replies where one was due, counted by service, manner and end.</summary>
    public IReadOnlyDictionary<string, int> Lost => _lost;

    /// <summary>Connections that did not end within a minute or could not be made.</summary>
    public long Stuck => Interlocked.Read(ref _stuck);

    /// <summary>Makes <paramref name="count"/> connections; the task ends with the last of them, or soon after the cancellation.</summary>
    public Task Run(long count, CancellationToken cancellation)
    {
        long begun = 0;
        return Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref begun) <= count && !cancellation.IsCancellationRequested)
            {
                SoakService service = _lots[Random.Shared.Next(_lots.Length)];
                await Connect(service, service.Manners[Random.Shared.Next(service.Manners.Length)]);
            }
        }, CancellationToken.None)));
    }

    private async Task Connect(SoakService service, SoakManner manner)
    {
        using var patience = new CancellationTokenSource(s_patience);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        string? reply = null;
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, service.Port), patience.Token);
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
            reply = reset.SocketErrorCode.ToString(); // accepted, then refused as part of a flood before connect(2) returned
        }
        catch (Exception problem) when (problem is SocketException or OperationCanceledException)
        {
            Interlocked.Increment(ref _stuck);
            return;
        }

        Interlocked.Increment(ref _connected);
        try
        {
            reply ??= await Behave(socket, manner, patience.Token);
        }
        catch (SocketException reset)
        {
            // Reset by a handler that did not read or was killed; the service decides whether that is allowed.
            reply = reset.SocketErrorCode.ToString();
        }
        catch (OperationCanceledException)
        {
            Interlocked.Increment(ref _stuck);
            return;
        }

        bool waited = manner is SoakManner.Listens or SoakManner.Asks;
        if (waited && service.Reply is { } expected && reply != expected)
        {
            _lost.AddOrUpdate($"{service.Name} {manner} '{reply}'", 1, (_, count) => count + 1);
        }
    }

    private static async Task<string?> Behave(Socket socket, SoakManner manner, CancellationToken patience)
    {
        switch (manner)
        {
            case SoakManner.Listens:
                return await ReadToEnd(socket, patience);
            case SoakManner.Asks:
                socket.NoDelay = true;
                await socket.SendAsync(s_request, patience);
                await socket.SendAsync(s_request, patience);
                socket.Shutdown(SocketShutdown.Send);
                return await ReadToEnd(socket, patience);
            case SoakManner.Resets:
                await Task.Delay(Random.Shared.Next(4), patience);
                socket.LingerState = new LingerOption(enable: true, seconds: 0);
                return null;
            default:
                return null;
        }
    }

    private static async Task<string> ReadToEnd(Socket socket, CancellationToken patience)
    {
        const int mostKept = 16;
        byte[] buffer = new byte[32 * 1024];
        var text = new StringBuilder();
        for (int count = await socket.ReceiveAsync(buffer, patience); count > 0; count = await socket.ReceiveAsync(buffer, patience))
        {
            text.Append(Encoding.ASCII.GetString(buffer, 0, Math.Min(count, mostKept - Math.Min(text.Length, mostKept))));
        }

        return text.ToString();
    }
}
