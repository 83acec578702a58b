using System.Globalization;

namespace SuperD.Linux;

/// <summary>Says which capability a call takes that its caller has not, as far as the call's arguments tell; see capabilities(7).</summary>
public static class CapabilityJudge
{
    private const string Chown = "chown", SetUser = "setuid", SetGroup = "setgid", Bind = "net_bind_service", Raw = "net_raw";
    private const int SOCK_RAW = 3, AF_PACKET = 17, TypeOfSocket = 0xF;

    /// <summary>"As it is", in place of a user or a group.</summary>
    private const uint Unchanged = uint.MaxValue;

    /// <summary>Calls that take one whatever their arguments are; in a sandbox with Landlock none helps those without a name.</summary>
    private static readonly Dictionary<string, string> s_always = new (string Capability, string Calls)[]
    {
        ("sys_pacct", "acct"), ("sys_chroot", "chroot"), ("sys_time", "clock_settime settimeofday"),
        ("sys_module", "delete_module finit_module init_module"), ("sys_rawio", "ioperm iopl"),
        ("sys_boot", "kexec_file_load kexec_load reboot"), ("dac_read_search", "open_by_handle_at"),
        ("sys_admin", "quotactl quotactl_fd setdomainname sethostname swapoff swapon"), ("syslog", "syslog"),
        ("sys_tty_config", "vhangup"), (SetGroup, "setgroups"),
        ("", "fsmount fsopen mount mount_setattr move_mount open_tree pivot_root umount2"),
    }.SelectMany(row => row.Calls.Split(' ').Select(call => (call, row.Capability)))
        .ToDictionary(row => row.call, row => row.Capability, StringComparer.Ordinal);

    /// <summary>Calls that take one for some arguments: where their user and their group are among them, -1 for none.</summary>
    private static readonly Dictionary<string, (string Capability, int[] Users, int[] Groups)> s_byOwner =
        new (string Call, string Capability, int[] Users, int[] Groups)[]
        {
            ("chown", Chown, [1], [2]), ("lchown", Chown, [1], [2]), ("fchown", Chown, [1], [2]), ("fchownat", Chown, [2], [3]),
            ("setuid", SetUser, [0], []), ("setreuid", SetUser, [0, 1], []), ("setresuid", SetUser, [0, 1, 2], []),
            ("setgid", SetGroup, [], [0]), ("setregid", SetGroup, [], [0, 1]), ("setresgid", SetGroup, [], [0, 1, 2]),
        }.ToDictionary(row => row.Call, row => (row.Capability, row.Users, row.Groups), StringComparer.Ordinal);

    private static readonly int s_firstFreePort =
        int.TryParse(SmallFile.ReadStart("/proc/sys/net/ipv4/ip_unprivileged_port_start", 16), CultureInfo.InvariantCulture, out int port)
            ? port
            : 1024;

    /// <summary>The calls about which it has something to say.</summary>
    internal static IEnumerable<int> Numbers { get; } =
        [.. SystemCallTable.NumbersOf(s_always.Keys.Concat(s_byOwner.Keys).Concat(["bind", "socket"]))];

    /// <summary>The capability that a call takes whoever makes it; empty if a sandbox refuses it even with one, null for none.</summary>
    public static string? AlwaysNeeded(string call) => s_always.GetValueOrDefault(call);

    /// <summary>The capability that a call takes and its caller lacks; null for none. Empty as in <see cref="AlwaysNeeded"/>.</summary>
    public static string? FindMissing(SystemCallNotification call)
    {
        if (SystemCallTable.NameOf(call.Number) is not { } name || ProcessTable.IdentityOf(call.Thread) is not { } caller)
        {
            return null;
        }

        string? needed = AlwaysNeeded(name) ?? ByArguments(name, call, caller.User);
        return needed is { Length: > 0 } && CapabilitySet.TryFind(needed, out CapabilitySet capability)
            && capability.Except(caller.Capabilities).IsEmpty
            ? null
            : needed;
    }

    private static string? ByArguments(string name, SystemCallNotification call, Credentials user)
    {
        if (s_byOwner.TryGetValue(name, out (string Capability, int[] Users, int[] Groups) row))
        {
            uint Id(int index) => (uint)call.Arguments[index];
            bool isOwn = row.Users.All(index => Id(index) == Unchanged || Id(index) == user.UserId)
                && row.Groups.All(index => Id(index) == Unchanged || Id(index) == user.GroupId || user.Groups.Contains(Id(index)));
            return isOwn ? null : row.Capability;
        }

        return name switch
        {
            "bind" when call.ReadEndPoint() is { IsKnown: true, Port: > 0 and var port } && port < s_firstFreePort => Bind,
            "socket" when ((int)call.Arguments[1] & TypeOfSocket) == SOCK_RAW || (int)call.Arguments[0] == AF_PACKET => Raw,
            _ => null,
        };
    }
}
