using System.Runtime.InteropServices;

namespace SuperD.Loop;

/// <summary>The signals superd acts on, each handed to the loop. Disposing gives them back.</summary>
internal sealed class Signals : IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];

    /// <summary>Has the loop run <paramref name="action"/> whenever the signal arrives, instead of the signal's default action.</summary>
    public void On(PosixSignal signal, EventLoop loop, Action action) =>
        _registrations.Add(PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            loop.Post(action);
        }));

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());
}
