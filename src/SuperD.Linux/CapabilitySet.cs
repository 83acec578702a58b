namespace SuperD.Linux;

/// <summary>A set of capabilities, see capabilities(7).</summary>
/// <param name="Bits">One bit for each, by its number.</param>
public readonly record struct CapabilitySet(ulong Bits)
{
    private const string Prefix = "cap_";
    private const int PR_CAPBSET_READ = 23;

    /// <summary>By number, without their prefix.</summary>
    private static readonly string[] s_names =
    [
        "chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap", "linux_immutable",
        "net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner", "sys_module", "sys_rawio", "sys_chroot",
        "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time", "sys_tty_config", "mknod", "lease",
        "audit_write", "audit_control", "setfcap", "mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read",
        "perfmon", "bpf", "checkpoint_restore",
    ];

    private static readonly Dictionary<string, int> s_numbers =
        s_names.Index().ToDictionary(one => one.Item, one => one.Index, StringComparer.Ordinal);

    /// <summary>The bounding set that this process's children begin with.</summary>
    /// <remarks>Those whose name is not known here are in it too.</remarks>
    internal static CapabilitySet Bounding { get; } = ReadBounding();

    /// <summary>The names of all that are known here: <c>net_bind_service</c>.</summary>
    public static IEnumerable<string> AllNames => s_names;

    /// <summary>Those in it, in the order of their numbers; one without a name by its number.</summary>
    public IEnumerable<string> Names => Numbers.Select(number => number < s_names.Length ? s_names[number] : $"{number}");

    /// <summary>The numbers of those in it.</summary>
    internal IEnumerable<int> Numbers
    {
        get
        {
            ulong bits = Bits;
            return Enumerable.Range(0, 64).Where(number => (bits >> number & 1) != 0);
        }
    }

    /// <summary>Whether it has none.</summary>
    public bool IsEmpty => Bits == 0;

    /// <summary>The set with one capability by its name, with or without <c>CAP_</c>, in capitals or not.</summary>
    public static bool TryFind(string name, out CapabilitySet capability)
    {
        string plain = name.ToLowerInvariant();
        plain = plain.StartsWith(Prefix, StringComparison.Ordinal) ? plain[Prefix.Length..] : plain;
        bool isKnown = s_numbers.TryGetValue(plain, out int number);
        capability = new CapabilitySet(isKnown ? 1UL << number : 0);
        return isKnown;
    }

    /// <summary>The set of these, by names that are known.</summary>
    internal static CapabilitySet Of(params string[] names)
    {
        ulong bits = 0;
        foreach (string name in names)
        {
            bits |= 1UL << s_numbers[name];
        }

        return new CapabilitySet(bits);
    }

    /// <summary>Those in it that another set lacks.</summary>
    public CapabilitySet Except(CapabilitySet other) => new(Bits & ~other.Bits);

    /// <summary>Those of both.</summary>
    public CapabilitySet With(CapabilitySet other) => new(Bits | other.Bits);

    private static CapabilitySet ReadBounding()
    {
        ulong bits = 0;
        for (int number = 0; LibC.syscall((nint)SystemCallNumber.Prctl, PR_CAPBSET_READ, number, 0, 0, 0) is var isIn and >= 0; number++)
        {
            bits |= (ulong)isIn << number;
        }

        return new CapabilitySet(bits);
    }
}
