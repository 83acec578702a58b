using SuperD.Linux;

namespace SuperD.Control;

/// <summary>Whether only those who could replace superd anyway can have put a socket where the console is expected.</summary>
/// <remarks>
/// Every directory and link from the root to the socket is examined. In a directory that only its owner can write, the owner decides what
/// exists there, so the user who owns a subdirectory of it (/run/superd, /home/alice) is trusted with that subdirectory. In a directory
/// that others can write too (/tmp) anybody may create a name first, so a directory or link there counts only if its owner is trusted
/// already.
/// </remarks>
internal static class SocketPlace
{
    private const int GroupMayWrite = 0b000_010_000, OthersMayWrite = 0b000_000_010, Sticky = 0b001_000_000_000;

    /// <summary>Null, or why something there may be anybody's and what to do.</summary>
    /// <param name="socket">The socket's absolute path; it need not exist.</param>
    /// <param name="trusted">The users trusted from the start; receives the owners of directories that a trusted user gave away.</param>
    /// <param name="ownUser">Root does not go through a directory in which anybody may replace what is others'.</param>
    public static string? Examine(string socket, ISet<uint> trusted, uint ownUser)
    {
        string directory = "/";
        bool isShared = false;
        foreach (PathStep step in new PathChecker().Steps(root: string.Empty, socket))
        {
            FileStatus found = step.Status;
            if (found.Kind is not (FileKind.Directory or FileKind.SymbolicLink))
            {
                return null; // the socket, or what stands in its place: a connect or bind says what is wrong
            }

            if (isShared && !trusted.Contains(found.UserId))
            {
                string what = found.Kind == FileKind.Directory ? "directory" : "link";
                return $"the {what} {step.Path} belongs to uid {found.UserId}, and others may write to {directory}; "
                    + "remove it, or choose another control.socket in superd.toml";
            }

            if (found.Kind == FileKind.SymbolicLink)
            {
                continue; // the steps to its target come next
            }

            trusted.Add(found.UserId);
            directory = step.Path;
            bool isOpen = (found.Permissions & OthersMayWrite) != 0;
            if (ownUser == 0 && isOpen && (found.Permissions & Sticky) == 0)
            {
                return $"anybody may replace what is in {directory}; 'chmod o-w {directory}', or 'chmod +t' where all need to write";
            }

            isShared = isOpen || ((found.Permissions & GroupMayWrite) != 0 && found.GroupId != 0);
        }

        return null;
    }
}
