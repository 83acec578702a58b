using System.Runtime.InteropServices;

namespace SuperD.Loop;

/// <summary>Replaces the default action of signals, until the process exits.</summary>
/// <remarks>
/// The handlers are never removed: a second signal, or one that rotates the log, would otherwise cut off the last lines while they are
/// being written. Such a signal finds nothing left to do, and the exit is near: nothing after the loop may take longer than flushing a full
/// log.
/// </remarks>
internal static class Signals
{
    // Keeps the registrations alive: their finalizer would remove them. Only the first thread adds to it, and the loop's, for which the
    // first thread waits.
    private static readonly List<PosixSignalRegistration> s_registrations = [];

    /// <summary>Runs <paramref name="action"/> on the loop whenever the signal arrives.</summary>
    public static void On(PosixSignal signal, EventLoop loop, Action action) => On(signal, () => loop.Post(action));

    /// <summary>Runs <paramref name="action"/> on a thread of the pool whenever the signal arrives.</summary>
    public static void On(PosixSignal signal, Action action) =>
        s_registrations.Add(PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            BesideLoop.Perform($"signal {signal}", action);
        }));
}
