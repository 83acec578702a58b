using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>The capabilities that superd's keys need; the values are the bit numbers of capabilities(7).</summary>
internal enum Capability
{
    Chown = 0,
    DacOverride = 1,
    FOwner = 3,
    Kill = 5,
    SetGid = 6,
    SetUid = 7,
    SetPcap = 8,
    NetBindService = 10,
    NetRaw = 13,
    SysChroot = 18,
    SysAdmin = 21,
    SysNice = 23,
    SysResource = 24,
}

/// <summary>The facts about superd and the machine that a configuration is checked against. A test supplies its own.</summary>
internal sealed record HostContext
{
    private const int NiceZeroInLimit = 20;

    /// <summary>superd's assembly; a native build has none.</summary>
    private const string Assembly = "superd.dll";

    /// <summary>superd's effective uid.</summary>
    public uint UserId { get; init; }

    /// <summary>superd's effective gid.</summary>
    public uint GroupId { get; init; }

    /// <summary>superd's supplementary groups.</summary>
    public ImmutableArray<uint> Groups { get; init; } = [];

    /// <summary>The users who could replace superd itself, and root, if superd runs as root; otherwise empty.</summary>
    /// <remarks>See <see cref="StrictModes"/>.</remarks>
    public ValueArray<uint> TrustedOwners { get; init; } = [];

    /// <summary>superd's effective capabilities, one bit each.</summary>
    public ulong Capabilities { get; init; }

    /// <summary>superd's own nice value.</summary>
    public int Nice { get; init; }

    /// <summary>The lowest nice value RLIMIT_NICE allows without a capability; 20 for none.</summary>
    public int LowestNice { get; init; } = NiceZeroInLimit;

    /// <summary>superd's own <see cref="OomScore"/>; null where no other can be set.</summary>
    public int? OomScoreAdjustment { get; init; } = 0;

    /// <summary>Finds the processors a handler may use.</summary>
    public Func<ProcessorSet> UsableProcessors { get; init; } = ProcessorSet.ReadUsable;

    /// <summary>What this kernel offers for sandboxes.</summary>
    public SandboxAbilities Sandbox { get; init; } = new() { LandlockAbi = SandboxAbilities.ScopeAbi, HasFilters = true };

    /// <summary>The cgroup below which superd makes those of handlers.</summary>
    public CgroupHome Cgroup { get; init; } = new()
    {
        Path = "/sys/fs/cgroup/superd",
        IsWritable = true,
        Offered = CgroupControllers.Memory | CgroupControllers.Pids | CgroupControllers.Cpu | CgroupControllers.Io,
    };

    /// <summary>Finds the users that a user, by number and name, has by subuid(5), the largest range first.</summary>
    public Func<uint, string?, ImmutableArray<UserRange>> FindSubordinateUsers { get; init; } = (_, _) => [];

    /// <summary>Why superd cannot become users of a range that it has by subuid(5); null if it can.</summary>
    /// <remarks>May start children and wait for them: not on the loop.</remarks>
    public Func<UserRange, UserNamespaceError?> FindUserNamespaceObstacle { get; init; } = _ => null;

    /// <summary>superd's own hard limits; a missing resource is unlimited.</summary>
    public ImmutableDictionary<Resource, ulong> HardLimits { get; init; } = ImmutableDictionary<Resource, ulong>.Empty;

    /// <summary>fs.nr_open: the highest RLIMIT_NOFILE, even for root.</summary>
    public ulong MostOpenFiles { get; init; } = 1024 * 1024;

    /// <summary>net.ipv4.ip_unprivileged_port_start: ports below it need a capability, for IPv6 too.</summary>
    public int FirstFreePort { get; init; } = 1024;

    /// <summary>The file of port names: services(5).</summary>
    public string PortNamesFile { get; init; } = PortNames.UsualFile;

    /// <summary>superd's environment: the value of a variable, or null.</summary>
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>Whether the service manager passed a socket for this address of this service, so that superd need not bind it.</summary>
    public Func<string, IPEndPoint, bool> IsPassed { get; init; } = (_, _) => false;

    /// <summary>The program that superd is, and what a runtime needs before superd's own arguments.</summary>
    public Func<IReadOnlyList<string>> OwnProgram { get; init; } = FindOwnProgram;

    /// <summary>Whether superd's effective user is root.</summary>
    public bool IsRoot => UserId == 0;

    /// <summary>Whether superd has a capability.</summary>
    public bool Has(Capability capability) => (Capabilities >> (int)capability & 1) != 0;

    /// <summary>This process and this machine, from /proc.</summary>
    /// <remarks>Without /proc, root is assumed to have every capability and other users none.</remarks>
    public static HostContext Current()
    {
        string[] status = KernelFile.ReadLines("/proc/self/status");
        string[] limits = KernelFile.ReadLines("/proc/self/limits");
        bool root = Environment.IsPrivilegedProcess;
        return new HostContext
        {
            UserId = Number(Field(status, "Uid:", 1)) ?? (root ? 0u : uint.MaxValue),
            GroupId = Number(Field(status, "Gid:", 1)) ?? (root ? 0u : uint.MaxValue),
            Groups = [.. Words(status, "Groups:").Select(word => Number(word) ?? 0)],
            TrustedOwners = root
                ? StrictModes.OwnersOf(Environment.ProcessPath ?? "/", Path.Combine(AppContext.BaseDirectory, Assembly))
                : [],
            Capabilities = EffectiveCapabilities(status, root),
            Nice = OwnNice(),
            LowestNice = NiceZeroInLimit - (int)Math.Min(HardLimit(limits, "Max nice priority"), 40),
            OomScoreAdjustment = OomScore.ReadOwn(),
            Sandbox = new SandboxAbilities
            {
                LandlockAbi = Landlock.Abi,
                LandlockErrno = Landlock.Errno,
                HasFilters = Seccomp.CanFilter,
                FindJailObstacle = JailProbe.FindObstacle,
                IsRestrictedByAppArmor = Setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") is > 0,
            },
            Cgroup = CgroupHome.Find(),
            FindSubordinateUsers = SubordinateIds.Of,
            FindUserNamespaceObstacle = UserNamespace.Make,
            HardLimits = ImmutableDictionary.CreateRange(
                s_limitNames.Select(limit => KeyValuePair.Create(limit.Resource, HardLimit(limits, limit.Name)))),
            MostOpenFiles = Setting("/proc/sys/fs/nr_open") ?? 1024 * 1024,
            FirstFreePort = (int)(Setting("/proc/sys/net/ipv4/ip_unprivileged_port_start") ?? 1024),
        };
    }

    private static IReadOnlyList<string> FindOwnProgram()
    {
        if (!RuntimeFeature.IsDynamicCodeSupported)
        {
            return [ProcessImage.Read().Path]; // native; an upgrade may have put another file there since superd was started
        }

        // dotnet itself, since a handler has no DOTNET_ROOT by which .NET's launcher beside the assembly finds it.
        const string FromRuntimeToRoot = "../../../dotnet";
        string runtime = RuntimeEnvironment.GetRuntimeDirectory();
        return [Path.GetFullPath(Path.Combine(runtime, FromRuntimeToRoot)), Path.Combine(AppContext.BaseDirectory, Assembly)];
    }

    private static ulong EffectiveCapabilities(string[] status, bool root) =>
        ulong.TryParse(Field(status, "CapEff:", 0), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong bits) ? bits
        : root ? ulong.MaxValue
        : 0;

    /// <summary>The names in /proc/self/limits.</summary>
    private static readonly (Resource Resource, string Name)[] s_limitNames =
    [
        (Resource.Cpu, "Max cpu time"), (Resource.FileSize, "Max file size"), (Resource.Data, "Max data size"),
        (Resource.Stack, "Max stack size"), (Resource.Core, "Max core file size"), (Resource.ResidentSet, "Max resident set"),
        (Resource.Processes, "Max processes"), (Resource.OpenFiles, "Max open files"), (Resource.LockedMemory, "Max locked memory"),
        (Resource.AddressSpace, "Max address space"),
    ];

    /// <summary>A line of /proc/self/limits is <c>Max open files  1024  4096  files</c>: name, soft, hard, unit.</summary>
    private static ulong HardLimit(string[] limits, string name)
    {
        string[] words = Words(limits, name);
        return words.Length > 1 && ulong.TryParse(words[1], out ulong limit) ? limit : words.Length > 1 ? ResourceLimit.Unlimited : 0;
    }

    /// <summary>Field 19 of proc_pid_stat(5), counted after the name, which may contain spaces and parentheses.</summary>
    private static int OwnNice()
    {
        string[] lines = KernelFile.ReadLines("/proc/self/stat");
        string stat = lines.Length == 0 ? "" : lines[0];
        string[] fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 16 && int.TryParse(fields[16], CultureInfo.InvariantCulture, out int nice) ? nice : 0;
    }

    private static ulong? Setting(string path) =>
        KernelFile.ReadLines(path) is [var line, ..] && ulong.TryParse(line, CultureInfo.InvariantCulture, out ulong value) ? value : null;

    /// <summary>The words after a line's name; empty when there is no such line.</summary>
    private static string[] Words(string[] lines, string name)
    {
        foreach (string line in lines)
        {
            if (line.StartsWith(name, StringComparison.Ordinal))
            {
                return line[name.Length..].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            }
        }

        return [];
    }

    private static string Field(string[] lines, string name, int index) =>
        Words(lines, name) is var words && words.Length > index ? words[index] : "";

    private static uint? Number(string text) => uint.TryParse(text, CultureInfo.InvariantCulture, out uint number) ? number : null;
}
