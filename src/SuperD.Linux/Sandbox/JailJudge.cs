namespace SuperD.Linux;

/// <summary>Says which files of a call are on the machine and not in the caller's jail, or are read-only there. Any thread.</summary>
public static class JailJudge
{
    /// <summary>What each jail has of its own, so that the machine's is not meant.</summary>
    private static readonly string[] s_own = ["/proc", "/tmp", "/var/tmp", "/dev/shm", "/dev/fd", "/dev/pts"];

    /// <summary>The files that the call names and does not get in its jail, though the machine has them.</summary>
    public static IReadOnlyList<RefusedFile> FindRefused(SystemCallNotification call)
    {
        FileCall form = FileCall.All[call.Number];
        var refused = new List<RefusedFile>();
        if (LandlockRuleset.TryOpen(null, $"/proc/{call.Thread}/root", out Fd? root) != 0)
        {
            return refused;
        }

        using (root)
        {
            foreach ((int? directory, int path) in form.Files)
            {
                if (CallerView.ReadText(call.Thread, call.Arguments[path]) is { Length: > 0 } text
                    && CallerView.Absolute(call.Thread, directory is { } at ? (int)call.Arguments[at] : null, text) is { } whole
                    && !s_own.Any(place => PathChecker.IsIn(whole, place))
                    && Judge(root!, form, call, whole) is { } one) // it was opened
                {
                    refused.Add(one);
                }
            }
        }

        return refused;
    }

    private static RefusedFile? Judge(Fd root, FileCall form, SystemCallNotification call, string path)
    {
        int flags = form.FlagsOf(call) ?? 0;
        bool makes = form.Kind == FileCallKind.ChangeEntry || (flags & LibC.O_CREAT) != 0;
        bool writes = (flags & (FileCall.AccessMode | FileCall.Truncate)) != 0
            || form.Kind is FileCallKind.Truncate or FileCallKind.ChangeEntry;
        string place = path;
        if (LandlockRuleset.TryOpen(root, path, out Fd? file) != 0)
        {
            if (!makes)
            {
                return OfMachine(path, path, LandlockAccess.Read);
            }

            place = Path.GetDirectoryName(path) ?? "/";
            if (LandlockRuleset.TryOpen(root, place, out file) != 0)
            {
                return OfMachine(path, place, LandlockAccess.Write);
            }
        }

        using (file)
        {
            // What is there can be looked at and made again, and a device is no part of its file system. No errno: it is open.
            return (writes || place != path)
                && (form.Kind != FileCallKind.ChangeEntry || place != path || form.Name.StartsWith("un", StringComparison.Ordinal)
                    || form.Name.StartsWith("r", StringComparison.Ordinal))
                && FileStatus.TryRead(file!, out FileStatus status, out _) == 0
                && status.Kind is FileKind.Regular or FileKind.Directory
                && IsReadOnly(file!)
                ? new RefusedFile(path, place, LandlockAccess.Write) { IsFile = status.Kind == FileKind.Regular }
                : null;
        }
    }

    private static RefusedFile? OfMachine(string path, string allowing, LandlockAccess access) =>
        FileStatus.TryRead(allowing, followLinks: true, out FileStatus status) != 0
            ? null
            : new RefusedFile(path, allowing, access) { IsMissing = true, IsFile = status.Kind == FileKind.Regular };

    private static unsafe bool IsReadOnly(Fd file)
    {
        LibC.statfs_t fileSystem;
        return LibC.statfs($"/proc/self/fd/{file.Value}", &fileSystem) == 0 && (fileSystem.f_flags & LibC.ST_RDONLY) != 0;
    }
}
