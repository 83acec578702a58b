using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Control;

/// <summary>Prepares the directories of the console's default sockets: <see cref="ControlPlaces"/>.</summary>
internal static class ControlPaths
{
    /// <summary>Makes the directory of a default socket where superd may. Null, or why it cannot be used.</summary>
    public static string? Prepare(string socket, uint userId)
    {
        string directory = Path.GetDirectoryName(socket)!; // a default socket is in a directory
        bool isSystem = directory == ControlPlaces.SystemDirectory;
        if (!Directory.Exists(directory))
        {
            if (isSystem && userId != 0)
            {
                return $"{directory} is not there";
            }

            try
            {
                const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
                const UnixFileMode Passable =
                    UnixFileMode.GroupExecute | UnixFileMode.GroupRead | UnixFileMode.OtherExecute | UnixFileMode.OtherRead;
                Directory.CreateDirectory(directory, isSystem ? Own | Passable : Own);
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                return FileFailure.Describe(problem);
            }
        }

        // Anybody can make a directory in /tmp. The console's socket must not be where another user can write.
        const int OthersMayWrite = 0b000_010_010;
        int errno = FileStatus.TryRead(directory, followLinks: false, out FileStatus status);
        return errno != 0 ? Errno.Describe(errno)
            : status.Kind != FileKind.Directory ? $"{directory} is {FileWords.Of(status.Kind)}"
            : status.UserId != userId && !isSystem ? $"{directory} belongs to uid {status.UserId}"
            : (status.Permissions & OthersMayWrite) != 0 && !isSystem ? $"others may write to {directory}"
            : null;
    }
}
