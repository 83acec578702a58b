using System.Runtime.InteropServices;

namespace SuperD.Loop;

/// <summary>What superd does when a signal arrives, in place of the signal's default action, until the process has ended.</summary>
/// <remarks>
/// They are never given back: whoever asks a second time, or rotates the log, while the last lines are being written would cut them off.
/// What comes then finds nothing left to do, and the end is near in any case: nothing after the loop may take longer than a full log does.
/// </remarks>
internal static class Signals
{
    // A registration that nobody holds is given back by its finalizer. The first thread and the loop's, which it waits for, add to it.
    private static readonly List<PosixSignalRegistration> s_registrations = [];

    /// <summary>Has the loop run <paramref name="action"/> whenever the signal arrives.</summary>
    public static void On(PosixSignal signal, EventLoop loop, Action action) => On(signal, () => loop.Post(action));

    /// <summary>Has <paramref name="action"/> run whenever the signal arrives, on a thread of the pool.</summary>
    public static void On(PosixSignal signal, Action action) =>
        s_registrations.Add(PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            BesideLoop.Perform($"signal {signal}", action);
        }));
}
