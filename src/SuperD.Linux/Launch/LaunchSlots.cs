using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>Two low descriptor numbers reserved for one launch at a time. The child keeps only the descriptors placed there.</summary>
/// <param name="devNull">Fills the slots between launches; the launcher owns it.</param>
/// <param name="socket">The number for the socket.</param>
/// <param name="stderr">The number for the handler's stderr; higher than the other.</param>
internal sealed class LaunchSlots(Fd devNull, int socket, int stderr)
{
    private bool _hasStderr;

    /// <summary>The number for the socket.</summary>
    internal int Socket { get; } = socket;

    /// <summary>The number for the handler's stderr.</summary>
    internal int Stderr { get; } = stderr;

    /// <summary>Places a launch's descriptors. EMFILE cannot happen: the numbers are in use already.</summary>
    internal SysResult Place(Fd socket, Fd? stderr)
    {
        _hasStderr = stderr is not null;
        bool isPlaced = LibC.dup3(socket.Value, Socket, LibC.O_CLOEXEC) >= 0
            && (stderr is null || LibC.dup3(stderr.Value, Stderr, LibC.O_CLOEXEC) >= 0);
        return isPlaced ? SysResult.Ok() : SysResult.Error(Marshal.GetLastPInvokeError());
    }

    /// <summary>Releases the descriptors: a socket left in its slot would stay open, and its client would never see the close.</summary>
    internal void Clear()
    {
        _ = LibC.dup3(devNull.Value, Socket, LibC.O_CLOEXEC);
        if (_hasStderr)
        {
            _ = LibC.dup3(devNull.Value, Stderr, LibC.O_CLOEXEC);
        }
    }
}
