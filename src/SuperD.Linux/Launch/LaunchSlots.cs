using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>Two low descriptors that are reserved for one launch at a time: what stands in them is all that its child keeps of superd's descriptors.</summary>
/// <param name="devNull">What they point at between launches; owned by the launcher.</param>
/// <param name="socket">The number of the one for the socket.</param>
/// <param name="stderr">The number of the one for the handler's stderr; above the other.</param>
internal sealed class LaunchSlots(Fd devNull, int socket, int stderr)
{
    private bool _hasStderr;

    internal int Socket { get; } = socket;

    internal int Stderr { get; } = stderr;

    /// <summary>Puts a launch's descriptors there. EMFILE cannot happen: the numbers are taken already.</summary>
    internal SysResult Place(Fd socket, Fd? stderr)
    {
        _hasStderr = stderr is not null;
        return LibC.dup3(socket.Value, Socket, LibC.O_CLOEXEC) < 0 || (stderr is not null && LibC.dup3(stderr.Value, Stderr, LibC.O_CLOEXEC) < 0)
            ? SysResult.Error(Marshal.GetLastPInvokeError())
            : SysResult.Ok();
    }

    /// <summary>Lets go of them: left in its slot, a socket would stay open, and its client would not see the end when the handler is gone.</summary>
    internal void Clear()
    {
        _ = LibC.dup3(devNull.Value, Socket, LibC.O_CLOEXEC);
        if (_hasStderr)
        {
            _ = LibC.dup3(devNull.Value, Stderr, LibC.O_CLOEXEC);
        }
    }
}
