using SuperD.Linux;

namespace SuperD.Loop;

/// <summary>Replaces the default action of signals, until the process exits.</summary>
/// <remarks>
/// The handlers are never removed: a second signal, or one that rotates the log, would otherwise cut off the last lines while they are
/// being written. Such a signal finds nothing left to do, and the exit is near: nothing after the loop may take longer than flushing a full
/// log.
/// </remarks>
internal sealed class Signals : IReadySource
{
    private static readonly Lazy<Signals> s_all = new(() => new Signals());

    private readonly SignalPipe _pipe = new();
    private readonly Dictionary<int, Action> _actions = [];
    private bool _isWatched;

    /// <summary>Runs <paramref name="action"/> on the loop whenever the signal arrives, but not before <see cref="Watch"/>.</summary>
    /// <remarks>First thread before the loop runs, then loop only.</remarks>
    public static void On(int signal, Action action)
    {
        s_all.Value._actions[signal] = action;
        s_all.Value._pipe.Add(signal);
    }

    /// <summary>Has the loop run the actions, those of signals that have arrived already too. Loop only.</summary>
    public static void Watch(EventLoop loop)
    {
        loop.AssertOnLoop();
        if (!s_all.Value._isWatched)
        {
            s_all.Value._isWatched = true;
            _ = loop.Watch(s_all.Value._pipe.ReadEnd, EpollEvents.Readable, s_all.Value, out _);
        }
    }

    public void OnReady(EpollEvents events)
    {
        Span<byte> arrived = stackalloc byte[64];
        foreach (byte signal in arrived[..Math.Max(0, _pipe.ReadEnd.Read(arrived).Value)])
        {
            _actions[signal]();
        }
    }
}
