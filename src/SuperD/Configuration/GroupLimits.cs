using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>How much the processes of a cgroup may use together; null = no limit. Immutable.</summary>
internal sealed record GroupLimits
{
    /// <summary>No limit at all.</summary>
    public static readonly GroupLimits None = new();

    /// <summary>Bytes of memory, page cache included; what exceeds it is killed.</summary>
    public long? Memory { get; init; }

    /// <summary>Processes and threads at the same time.</summary>
    public int? Processes { get; init; }

    /// <summary>Processor time, in percent of one processor.</summary>
    public int? Cpu { get; init; }

    /// <summary>Bytes read from each disk in a second, and as many written.</summary>
    public long? Io { get; init; }

    /// <summary>The controllers that keep these limits.</summary>
    public CgroupControllers Needs =>
        (Memory is null ? CgroupControllers.None : CgroupControllers.Memory)
        | (Processes is null ? CgroupControllers.None : CgroupControllers.Pids)
        | (Cpu is null ? CgroupControllers.None : CgroupControllers.Cpu)
        | (Io is null ? CgroupControllers.None : CgroupControllers.Io);

    /// <summary>These without the limits that need one of some controllers.</summary>
    public GroupLimits Without(CgroupControllers missing) => new()
    {
        Memory = missing.HasFlag(CgroupControllers.Memory) ? null : Memory,
        Processes = missing.HasFlag(CgroupControllers.Pids) ? null : Processes,
        Cpu = missing.HasFlag(CgroupControllers.Cpu) ? null : Cpu,
        Io = missing.HasFlag(CgroupControllers.Io) ? null : Io,
    };

    /// <summary>The keys of limits by the controller that keeps them.</summary>
    public static IEnumerable<string> KeysOf(CgroupControllers controllers) =>
        controllers.Names().Select(name => name == "pids" ? "processes" : name);
}

/// <summary>The limits of a service. Immutable.</summary>
internal sealed record LimitsDefinition
{
    /// <summary>Those of the handler of each connection, with all that it starts. Key <c>limit</c>.</summary>
    public required GroupLimits Each { get; init; }

    /// <summary>Those of all handlers of the service together. Key <c>limit_total</c>.</summary>
    public required GroupLimits Total { get; init; }

    /// <summary>What this machine cannot keep of them; None unless <c>limit_best_effort</c> lets the service run all the same.</summary>
    public CgroupControllers Missing { get; init; }

    /// <summary>The controllers that keep the limits.</summary>
    public CgroupControllers Needs => Each.Needs | Total.Needs;

    /// <summary>Those that the group of a handler has: the record names what was refused, whichever limit did it.</summary>
    public CgroupControllers NeedsOfEach => Each.Needs | (Total.Needs & (CgroupControllers.Memory | CgroupControllers.Pids));
}
