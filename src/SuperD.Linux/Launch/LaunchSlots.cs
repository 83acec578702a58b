using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SuperD.Linux;

/// <summary>A few low descriptor numbers reserved for one launch at a time. The child keeps only the descriptors placed there.</summary>
/// <param name="devNull">Fills the slots between launches; the launcher owns it.</param>
/// <param name="socket">The number for the socket.</param>
/// <param name="stderr">The number for the handler's stderr.</param>
/// <param name="ruleset">The number for the ruleset of a sandbox; the highest but for the namespaces.</param>
/// <param name="namespaces">The numbers for those, ascending, in the order of <see cref="NamespaceSet.Kinds"/>.</param>
internal sealed class LaunchSlots(Fd devNull, int socket, int stderr, int ruleset, int[] namespaces)
{
    private bool _hasStderr;
    private bool _hasRuleset;
    private NamespaceSet? _entered;

    /// <summary>The number for the socket.</summary>
    internal int Socket { get; } = socket;

    /// <summary>The number for the handler's stderr.</summary>
    internal int Stderr { get; } = stderr;

    /// <summary>The number for the ruleset.</summary>
    internal int Ruleset { get; } = ruleset;

    /// <summary>The numbers for namespaces to enter.</summary>
    internal ReadOnlySpan<int> Namespaces => namespaces;

    /// <summary>The first number above those that a launch uses.</summary>
    internal int Above => (_entered is null ? Ruleset : namespaces[^1]) + 1;

    /// <summary>Places a launch's descriptors. EMFILE cannot happen: the numbers are in use already.</summary>
    /// <param name="ruleset">The caller keeps it alive during the call. EBADF when it was disposed of.</param>
    /// <param name="entered">Likewise.</param>
    internal SysResult Place(Fd socket, Fd? stderr, SafeFileHandle? ruleset, NamespaceSet? entered)
    {
        _hasStderr = stderr is not null;
        _hasRuleset = ruleset is not null;
        _entered = entered;
        if (ruleset is { IsClosed: true } || entered is { IsClosed: true })
        {
            return SysResult.Error(Errno.EBADF);
        }

        bool isPlaced = LibC.dup3(socket.Value, Socket, LibC.O_CLOEXEC) >= 0
            && (stderr is null || LibC.dup3(stderr.Value, Stderr, LibC.O_CLOEXEC) >= 0)
            && (ruleset is null || LibC.dup3((int)ruleset.DangerousGetHandle(), Ruleset, LibC.O_CLOEXEC) >= 0)
            && (entered is null || TryPlace(entered));
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

        if (_hasRuleset)
        {
            _ = LibC.dup3(devNull.Value, Ruleset, LibC.O_CLOEXEC);
        }

        if (_entered is not null)
        {
            foreach (int slot in namespaces)
            {
                _ = LibC.dup3(devNull.Value, slot, LibC.O_CLOEXEC);
            }

            _entered = null;
        }
    }

    private bool TryPlace(NamespaceSet entered)
    {
        for (int i = 0; i < namespaces.Length; i++)
        {
            if (entered.All[i] is { } fd && LibC.dup3(fd.Value, namespaces[i], LibC.O_CLOEXEC) < 0)
            {
                return false;
            }
        }

        return true;
    }
}
