using SuperD.Linux;
using SuperD.Services;

namespace SuperD;

/// <summary>The part of the story about superd's own end, which each signal hastens.</summary>
internal sealed partial class SuperServer
{
    private void BeginOrHastenShutdown()
    {
        _listeners.CloseAll();
        TellManagerStopping();
        _shutdown.Advance();
    }

    private void StopAtOnce()
    {
        _listeners.CloseAll();
        TellManagerStopping();
        _shutdown.Kill();
    }

    /// <summary>Ends the stream to a handler's client and takes down what went over it, once, where superd has kept the socket.</summary>
    private static void EndStream(Handler handler)
    {
        if (handler is { KeepsSocket: true, StreamEnd: null })
        {
            handler.StreamEnd = new LingeringEnd(handler.Connection.Socket); // first: the client waits for it
            handler.Traffic = TcpConnection.ReadTraffic(handler.Connection.Socket, out TcpTraffic traffic).IsError ? null : traffic;
        }
    }

    /// <summary>What superd waits for when it ends, besides handlers.</summary>
    private int OthersAtWork => _launcher.Count + _headers.Count + _latecomers.Count + _conversations.Count + _relays.Count
        + _ender.Count + _closes.Count;

    /// <summary>Ends all connections that have no process to be signalled; first those that would come next.</summary>
    private void EndOthers()
    {
        _headers.StopAll();
        RefuseLatecomers();
        _relays.StopAll();
        _conversations.EndAll();
    }
}
