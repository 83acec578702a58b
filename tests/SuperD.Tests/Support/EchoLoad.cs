using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SuperD.Tests.Support;

/// <summary>
/// Clients that connect at a steady rate, whatever the server does; each sends a word, shuts down its sending side, and expects the word
/// back. <see cref="Finish"/> ends the load.
/// </summary>
/// <remarks>The next client waits while very many are under way: a machine that serves fewer than come would be buried.</remarks>
internal sealed class EchoLoad : IDisposable
{
    private const int MostUnderWay = 100;

    private readonly IPEndPoint _server;
    private readonly double _perSecond;
    private readonly CancellationTokenSource _end = new();
    private readonly List<Task<string?>> _clients = [];
    private readonly Task _pace;
    private int _underWay;

    public EchoLoad(int port, int perSecond)
    {
        _server = new IPEndPoint(IPAddress.Loopback, port);
        _perSecond = perSecond;
        _pace = Task.Run(Pace);
    }

    /// <summary>Starts no more clients, and waits for those under way.</summary>
    /// <returns>The number of clients, and the errors of those that failed.</returns>
    public (int Count, string[] Failures) Finish()
    {
        _end.Cancel();
        if (!_pace.Wait(Patience.Limit) || !Task.WaitAll([.. _clients], Patience.Limit))
        {
            return (_clients.Count, ["a client got no answer at all"]);
        }

        return (_clients.Count, [.. _clients.Select(client => client.Result).OfType<string>()]);
    }

    /// <summary>Starts no more clients; for a test that fails before it reaches <see cref="Finish"/>.</summary>
    public void Dispose() => _end.Cancel();

    private async Task Pace()
    {
        var clock = Stopwatch.StartNew();
        while (!_end.IsCancellationRequested)
        {
            while (_clients.Count < clock.Elapsed.TotalSeconds * _perSecond && Volatile.Read(ref _underWay) < MostUnderWay)
            {
                _clients.Add(Visit(_clients.Count));
            }

            await Task.Delay(2);
        }
    }

    /// <summary>Runs one client; returns null, or the error.</summary>
    private async Task<string?> Visit(int number)
    {
        Interlocked.Increment(ref _underWay);
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(_server);
            string word = $"client {number}\n";
            await socket.SendAsync(Encoding.ASCII.GetBytes(word));
            socket.Shutdown(SocketShutdown.Send);
            var answer = new byte[64];
            int length = 0;
            for (int read = await socket.ReceiveAsync(answer); read > 0; read = await socket.ReceiveAsync(answer.AsMemory(length)))
            {
                length += read;
            }

            string got = Encoding.ASCII.GetString(answer, 0, length);
            return got == word ? null : $"client {number} got '{got}'";
        }
        catch (SocketException problem)
        {
            return $"client {number}: {problem.SocketErrorCode}";
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }
}
