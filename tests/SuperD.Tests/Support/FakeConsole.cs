using System.Net.Sockets;

namespace SuperD.Tests.Support;

/// <summary>
/// Listens in place of superd's console and answers as the test wants. The socket belongs to the user who runs the tests.
/// </summary>
internal sealed class FakeConsole : IDisposable
{
    private readonly TempDir _directory = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly List<Socket> _clients = [];
    private readonly Task _service = Task.CompletedTask;

    /// <param name="answer">Called with the connection for each request that arrives. Null: no connection is accepted.</param>
    /// <param name="backlog">The listening socket's backlog.</param>
    public FakeConsole(Action<Socket>? answer, int backlog = 16)
    {
        _listener.Bind(new UnixDomainSocketEndPoint(Path));
        _listener.Listen(backlog);
        if (answer is not null)
        {
            _service = Task.Run(() => ServeAsync(answer));
        }
    }

    public string Path => _directory["fake.sock"];

    /// <summary>Answers every request with these lines.</summary>
    public static FakeConsole Saying(Func<string> reply) => new(client => client.Send(System.Text.Encoding.UTF8.GetBytes(reply() + "\n")));

    public void Dispose()
    {
        _listener.Dispose();
        lock (_clients)
        {
            _clients.ForEach(client => client.Dispose());
        }

        _service.WaitAsync(Patience.Limit).GetAwaiter().GetResult(); // rethrows an exception of an answer
        _directory.Dispose();
    }

    private async Task ServeAsync(Action<Socket> answer)
    {
        var talks = new List<Task>();
        try
        {
            while (true)
            {
                Socket client = await _listener.AcceptAsync();
                lock (_clients)
                {
                    _clients.Add(client);
                }

                talks.Add(Task.Run(() => Talk(client, answer)));
            }
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }

        await Task.WhenAll(talks);
    }

    private static void Talk(Socket client, Action<Socket> answer)
    {
        var request = new byte[4096];
        try
        {
            while (client.Receive(request) > 0)
            {
                answer(client);
            }
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The client has seen enough, or the test is over.
        }
    }
}
