using System.Globalization;

namespace SuperD.Linux;

/// <summary>The keyrings of users, where the kernel keeps secrets of programs; see keyrings(7).</summary>
internal static class Keyring
{
    internal const int KEYCTL_JOIN_SESSION_KEYRING = 1;
    private const int KEYCTL_GET_KEYRING_ID = 0;
    private const int KEYCTL_SETPERM = 5;
    private const int KEYCTL_CLEAR = 7;
    private const int KEYCTL_GET_PERSISTENT = 22;
    private const int KEY_SPEC_THREAD_KEYRING = -1;
    private const int KEY_SPEC_PROCESS_KEYRING = -2;
    private const int KEY_SPEC_USER_KEYRING = -4;
    private const int KEY_SPEC_USER_SESSION_KEYRING = -5;

    /// <summary>The user's keyring and that of his sessions, which stay.</summary>
    private const int Own = 2;

    /// <summary>Whether this kernel has them, and nothing (a container's profile) hides them from this process and its children.</summary>
    internal static bool AreThere { get; } = Call(KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 0) >= 0
        || System.Runtime.InteropServices.Marshal.GetLastPInvokeError() == Errno.ENOKEY;

    /// <summary>Gives the calling thread, and those it makes later, a session keyring that is empty and that nobody may use.</summary>
    /// <returns>False: the user may have no more keys.</returns>
    internal static bool JoinClosed() =>
        !AreThere
        || (Call(KEYCTL_JOIN_SESSION_KEYRING, 0, 0) is var ring and > 0 && Call(KEYCTL_SETPERM, ring, 0) >= 0);

    /// <summary>Those of some users who have a key beside their keyrings, by /proc/key-users.</summary>
    /// <exception cref="IOException">See <see cref="UserTraces"/>.</exception>
    internal static IEnumerable<uint> FindOwners(IReadOnlySet<uint> users)
    {
        // UID: usage keys/instantiated charged/most bytes/most
        foreach (string line in KernelFile.ReadLinesOrFail("/proc/key-users"))
        {
            string[] fields = line.Split([':', ' ', '/'], StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > 2
                && uint.TryParse(fields[0], CultureInfo.InvariantCulture, out uint user)
                && users.Contains(user)
                && int.TryParse(fields[2], CultureInfo.InvariantCulture, out int keys)
                && keys > Own)
            {
                yield return user;
            }
        }
    }

    /// <summary>Empties the keyrings of the calling thread's user.</summary>
    internal static void Clear()
    {
        nint persistent = Call(KEYCTL_GET_PERSISTENT, -1, KEY_SPEC_THREAD_KEYRING);
        foreach (nint ring in (nint[])[KEY_SPEC_USER_KEYRING, KEY_SPEC_USER_SESSION_KEYRING, persistent, KEY_SPEC_THREAD_KEYRING])
        {
            _ = Call(KEYCTL_CLEAR, ring, 0);
        }
    }

    private static nint Call(int what, nint first, nint second) =>
        LibC.syscall((nint)SystemCallNumber.Keyctl, what, first, second, 0, 0);
}
