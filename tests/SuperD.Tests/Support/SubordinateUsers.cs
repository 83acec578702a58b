namespace SuperD.Tests.Support;

/// <summary>Users by subuid(5) for one superd without root, while the machine's own files stay as they are.</summary>
internal static class SubordinateUsers
{
    /// <summary>The command that starts superd as a user who has these ids; see <see cref="DaemonOptions.Wrapper"/>.</summary>
    /// <param name="user">A name.</param>
    public static string[] Give(string user, long first, long count)
    {
        Needs.Root();
        Needs.Program("setpriv");
        Needs.Program("newuidmap");
        string cover = $"mount -t tmpfs ids /mnt && echo {user}:{first}:{count} > /mnt/ids && mount --bind /mnt/ids /etc/subuid "
            + "&& mount --bind /mnt/ids /etc/subgid && umount -l /mnt && exec \"$@\"";
        return
        [
            "unshare", "--mount", "sh", "-c", cover, "sh", "setpriv", $"--reuid={user}", "--regid=nogroup", "--clear-groups",
        ];
    }
}
