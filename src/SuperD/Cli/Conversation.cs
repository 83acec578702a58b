using System.Net.Sockets;

namespace SuperD.Cli;

/// <summary>Joins a connected socket to a stream in each direction; the directions end independently.</summary>
/// <param name="socket">Connected. Its owner closes it.</param>
/// <param name="input">What to send.</param>
/// <param name="transcript">Receives what the server sends.</param>
internal sealed class Conversation(Socket socket, Stream input, Transcript transcript)
{
    private const int BufferSize = 64 * 1024;

    /// <summary>Whether the server has sent anything.</summary>
    public bool HasReceived { get; private set; }

    /// <summary>Runs until the server ends, even if the input has not: a server that is gone needs no more input.</summary>
    /// <exception cref="SocketException">The connection broke, or the server was gone before it received all input.</exception>
    /// <exception cref="IOException">The input or the output failed.</exception>
    public async Task RunAsync()
    {
        var sending = SendAsync();

        // A failed send does not end this: what the server sent before it went can still be read.
        await ReceiveAsync();

        if (sending.IsCompleted)
        {
            await sending;
        }
    }

    private async Task SendAsync()
    {
        try
        {
            var buffer = new byte[BufferSize];
            int length;
            while ((length = await input.ReadAsync(buffer)) > 0)
            {
                for (var sent = 0; sent < length;)
                {
                    sent += await socket.SendAsync(buffer.AsMemory(sent, length - sent));
                }
            }
        }
        finally
        {
            ShutdownSend();
        }
    }

    /// <summary>
    /// Lets the server read the end of input; it can still answer. Also after a failure, or the server would wait for the rest.
    /// </summary>
    private void ShutdownSend()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The connection is gone already; the receiving side reports it.
        }
    }

    private async Task ReceiveAsync()
    {
        try
        {
            var buffer = new byte[BufferSize];
            int length;
            while ((length = await socket.ReceiveAsync(buffer)) > 0)
            {
                HasReceived = true;
                transcript.FromServer(buffer.AsSpan(0, length));
            }
        }
        finally
        {
            transcript.End();
        }
    }
}
