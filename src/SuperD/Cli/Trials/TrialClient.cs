using System.Diagnostics;
using System.Net.Sockets;
using SuperD.Configuration;

namespace SuperD.Cli.Trials;

/// <summary>The client's side of one connection of <c>superd try</c>.</summary>
/// <param name="reply">Receives the reply as it arrives.</param>
internal sealed class TrialClient(Socket socket, Stream input, Stream reply, TrialOptions options)
{
    private const int BufferSize = 64 * 1024;
    private const int SlowRead = 1024;
    private const int SlowWrite = 1;

    private static readonly TimeSpan s_slowPause = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// When the handler is gone its reply is still on the way, but a process it left behind may keep the connection open.
    /// </summary>
    private static readonly TimeSpan s_patienceAfterEnd = TimeSpan.FromSeconds(2);

    private long _lastReply = Stopwatch.GetTimestamp();
    private long _sentAtLastReply;

    /// <summary>How many bytes it has sent.</summary>
    public long Sent { get; private set; }

    /// <summary>How many bytes it has received.</summary>
    public long Received { get; private set; }

    /// <summary>Whether all input has been sent.</summary>
    public bool InputEnded { get; private set; }

    /// <summary>Whether <see cref="TrialOptions.Timeout"/> has ended the connection.</summary>
    public bool HasTimedOut { get; private set; }

    /// <summary>How long nothing had come when <see cref="TrialOptions.Timeout"/> ended it; zero before.</summary>
    public TimeSpan SilentFor { get; private set; }

    /// <summary>
    /// Whether the handler has a reason to talk: something was sent since it last did, or there is no more to send.
    /// </summary>
    public bool AwaitsAnswer => InputEnded || Sent > _sentAtLastReply;

    /// <summary>Sends and receives until the handler is gone and its reply is read.</summary>
    /// <exception cref="IOException">The input cannot be read.</exception>
    public async Task TalkAsync(Task handlerEnd)
    {
        Task sending = SendAsync();
        Task receiving = ReceiveAsync();
        if (options.Reset)
        {
            await sending;
            BreakOff();
        }

        if (options.Timeout is { } limit && await Task.WhenAny(handlerEnd, Task.Delay(limit)) != handlerEnd)
        {
            HasTimedOut = true;
            SilentFor = Stopwatch.GetElapsedTime(_lastReply);
            BreakOff();
        }

        await handlerEnd;
        await Task.WhenAny(receiving, options.Slow ? Task.Delay(Timeout.Infinite) : Task.Delay(s_patienceAfterEnd));
        socket.Close();
        if (sending.IsFaulted)
        {
            await sending; // the input cannot be read
        }

        if (receiving.IsFaulted)
        {
            await receiving; // the reply cannot be written
        }
    }

    /// <summary>Resets the connection; superd then ends the handler, as one whose client has left.</summary>
    private void BreakOff()
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Close();
    }

    private async Task SendAsync()
    {
        var buffer = new byte[BufferSize];
        try
        {
            int length;
            while ((length = await ReadInputAsync(buffer)) > 0)
            {
                for (int start = 0; start < length;)
                {
                    int count = options.Slow ? SlowWrite : length - start;
                    int sent = await socket.SendAsync(buffer.AsMemory(start, count));
                    start += sent;
                    Sent += sent;
                    if (options.Slow)
                    {
                        await Task.Delay(s_slowPause);
                    }
                }
            }

            InputEnded = true;
            if (options.HalfClose)
            {
                socket.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The handler ended without reading everything.
        }
    }

    private async Task<int> ReadInputAsync(byte[] buffer)
    {
        try
        {
            return await input.ReadAsync(buffer);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            BreakOff(); // otherwise the handler would wait for the rest
            throw new IOException($"stdin: {FileFailure.Describe(problem)}", problem);
        }
    }

    private async Task ReceiveAsync()
    {
        var buffer = new byte[options.Slow ? SlowRead : BufferSize];
        try
        {
            int length;
            while ((length = await socket.ReceiveAsync(buffer)) > 0)
            {
                Received += length;
                _lastReply = Stopwatch.GetTimestamp();
                _sentAtLastReply = Sent;
                reply.Write(buffer, 0, length);
                reply.Flush();
                if (options.Slow)
                {
                    await Task.Delay(s_slowPause);
                }
            }
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // Reset; what was received before counts.
        }
        catch (OutputFailure)
        {
            BreakOff();
            throw;
        }
    }
}
