using SuperD.Linux;

namespace SuperD.Control;

/// <summary>Whether only those who could replace superd anyway can have put a socket where the console is expected.</summary>
/// <remarks>
/// The way to the socket is walked from the root, links included. In a directory that only its owner writes, the owner decides what is there: whoever
/// gets a directory there (/run/superd, /home/alice) is trusted with it and what is below. In a directory that others write too (/tmp) anybody
/// may be first with a name, so a directory or link there counts only when it belongs to somebody trusted already.
/// </remarks>
internal static class SocketPlace
{
    /// <summary>path_resolution(7): MAXSYMLINKS.</summary>
    private const int MostLinks = 40;

    private const int GroupMayWrite = 0b000_010_000, OthersMayWrite = 0b000_000_010, Sticky = 0b001_000_000_000;

    /// <summary>Null, or why something there may be anybody's and what to do.</summary>
    /// <param name="socket">The socket's absolute path; it need not exist.</param>
    /// <param name="trusted">Users who are trusted from the start; gets those who own a directory on the way because somebody trusted gave it to them.</param>
    /// <param name="ownUser">Root does not go through a directory in which anybody may replace what is others'.</param>
    public static string? Examine(string socket, ISet<uint> trusted, uint ownUser)
    {
        var pending = new Stack<string>();
        Push(pending, socket);
        string directory = "/";
        if (FileStatus.TryRead(directory, followLinks: false, out FileStatus status) != 0)
        {
            return null; // a connect or bind says what is wrong
        }

        trusted.Add(status.UserId);
        for (int links = 0; pending.TryPop(out string? name);)
        {
            if (ownUser == 0 && (status.Permissions & OthersMayWrite) != 0 && (status.Permissions & Sticky) == 0)
            {
                return $"anybody may replace what is in {directory}; 'chmod o-w {directory}', or 'chmod +t' where all need to write";
            }

            bool isShared = (status.Permissions & OthersMayWrite) != 0 || ((status.Permissions & GroupMayWrite) != 0 && status.GroupId != 0);
            string path = Path.Combine(directory, name);
            if (FileStatus.TryRead(path, followLinks: false, out FileStatus found) != 0 || found.Kind is not (FileKind.Directory or FileKind.SymbolicLink))
            {
                return null; // the socket, or its place
            }

            if (isShared && !trusted.Contains(found.UserId))
            {
                string what = found.Kind == FileKind.Directory ? "directory" : "link";
                return $"the {what} {path} belongs to uid {found.UserId}, and others may write to {directory}; remove it, or choose another control.socket in superd.toml";
            }

            if (found.Kind == FileKind.Directory)
            {
                trusted.Add(found.UserId);
                (directory, status) = (path, found);
            }
            else if (++links > MostLinks || new FileInfo(path).LinkTarget is not { } target)
            {
                return null;
            }
            else
            {
                Push(pending, Path.GetFullPath(target, directory));
                directory = "/";
                _ = FileStatus.TryRead(directory, followLinks: false, out status);
            }
        }

        return null;
    }

    private static void Push(Stack<string> pending, string path)
    {
        string[] names = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (int i = names.Length - 1; i >= 0; i--)
        {
            pending.Push(names[i]);
        }
    }
}
