using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>The keys that <c>[defaults]</c> of superd.toml and a service file have in common.</summary>
/// <remarks>As written: null means absent. The key table fills it while a file is read; it does not change afterwards.</remarks>
internal class DefaultsConfig
{
    /// <summary>Key <c>user</c>.</summary>
    public Written<Principal>? User { get; set; }

    /// <summary>Key <c>group</c>.</summary>
    public Written<Principal>? Group { get; set; }

    /// <summary>Key <c>groups</c>.</summary>
    public Written<ImmutableArray<Written<Principal>>>? Groups { get; set; }

    /// <summary>Key <c>capabilities</c>.</summary>
    public Written<ImmutableArray<Written<CapabilitySet>>>? Capabilities { get; set; }

    /// <summary>Key <c>umask</c>.</summary>
    public Written<int>? Umask { get; set; }

    /// <summary>Key <c>nice</c>.</summary>
    public Written<int>? Nice { get; set; }

    /// <summary>Key <c>oom_score_adj</c>.</summary>
    public Written<int>? OomScoreAdjustment { get; set; }

    /// <summary>Key <c>cpu_affinity</c>.</summary>
    public Written<ProcessorSet>? Affinity { get; set; }

    /// <summary>Key <c>directory</c>.</summary>
    public Written<string>? Directory { get; set; }

    /// <summary>Key <c>chroot</c>.</summary>
    public Written<string>? Chroot { get; set; }

    /// <summary>Key <c>env</c>.</summary>
    public Written<ImmutableArray<Written<KeyValuePair<string, string>>>>? Environment { get; set; }

    /// <summary>Key <c>login_env</c>.</summary>
    public Written<bool>? LoginEnvironment { get; set; }

    /// <summary>Key <c>pass_env</c>.</summary>
    public Written<ImmutableArray<Written<string>>>? PassEnvironment { get; set; }

    /// <summary>Key <c>rlimit</c>: the limits in its table.</summary>
    public Dictionary<Resource, Written<ResourceLimit>> Limits { get; } = [];

    /// <summary>Key <c>limit</c>.</summary>
    public Written<GroupLimitsConfig>? GroupLimit { get; set; }

    /// <summary>Key <c>limit_total</c>.</summary>
    public Written<GroupLimitsConfig>? GroupLimitTotal { get; set; }

    /// <summary>Key <c>limit_best_effort</c>.</summary>
    public Written<bool>? LimitBestEffort { get; set; }

    /// <summary>Key <c>sandbox</c>.</summary>
    public Written<SandboxProfile>? Sandbox { get; set; }

    /// <summary>Key <c>readable</c>; a path with a '-' before it need not exist.</summary>
    public Written<ImmutableArray<Written<string>>>? Readable { get; set; }

    /// <summary>Key <c>writable</c>; written like <see cref="Readable"/>.</summary>
    public Written<ImmutableArray<Written<string>>>? Writable { get; set; }

    /// <summary>Key <c>network</c>: true for "on".</summary>
    public Written<bool>? Network { get; set; }

    /// <summary>Key <c>syscalls</c>.</summary>
    public Written<ImmutableArray<Written<string>>>? SystemCalls { get; set; }

    /// <summary>Key <c>jail</c>.</summary>
    public Written<JailConfig>? Jail { get; set; }

    /// <summary>Key <c>sandbox_best_effort</c>.</summary>
    public Written<bool>? SandboxBestEffort { get; set; }

    /// <summary>Key <c>stderr</c>.</summary>
    public Written<StderrTarget>? Stderr { get; set; }

    /// <summary>Key <c>log_exit</c>.</summary>
    public Written<LogLevel>? LogExit { get; set; }

    /// <summary>Key <c>instances</c>.</summary>
    public Written<int>? Instances { get; set; }

    /// <summary>Key <c>when_full</c>.</summary>
    public Written<WhenFull>? WhenFull { get; set; }

    /// <summary>Key <c>only_from</c>.</summary>
    public Written<ImmutableArray<Written<AccessItemConfig>>>? OnlyFrom { get; set; }

    /// <summary>Key <c>no_access</c>.</summary>
    public Written<ImmutableArray<Written<AccessItemConfig>>>? NoAccess { get; set; }

    /// <summary>Key <c>check_from</c>.</summary>
    public Written<ImmutableArray<Written<AccessItemConfig>>>? CheckFrom { get; set; }

    /// <summary>Key <c>reserve</c>.</summary>
    public Written<ReserveConfig>? Reserve { get; set; }

    /// <summary>Key <c>access_times</c>.</summary>
    public Written<ImmutableArray<Written<AccessWindow>>>? AccessTimes { get; set; }

    /// <summary>Key <c>time_zone</c>.</summary>
    public Written<TimeZoneInfo>? TimeZone { get; set; }

    /// <summary>Key <c>max_load</c>.</summary>
    public Written<double>? MaxLoad { get; set; }

    /// <summary>Key <c>per_source</c>.</summary>
    public Written<int>? PerSource { get; set; }

    /// <summary>Key <c>source_prefix</c>.</summary>
    public Written<SourcePrefix>? SourcePrefix { get; set; }

    /// <summary>Key <c>rate</c>.</summary>
    public Written<Rate>? Rate { get; set; }

    /// <summary>Key <c>per_source_rate</c>.</summary>
    public Written<Rate>? PerSourceRate { get; set; }

    /// <summary>Key <c>penalty</c>.</summary>
    public Written<PenaltyConfig>? Penalty { get; set; }

    /// <summary>Key <c>stop_grace</c>.</summary>
    public Written<TimeSpan>? StopGrace { get; set; }

    /// <summary>Key <c>idle_timeout</c>.</summary>
    public Written<TimeSpan>? IdleTimeout { get; set; }

    /// <summary>Key <c>gone_timeout</c>.</summary>
    public Written<TimeSpan>? GoneTimeout { get; set; }

    /// <summary>Key <c>run_timeout</c>.</summary>
    public Written<TimeSpan>? RunTimeout { get; set; }

    /// <summary>Key <c>first_byte_timeout</c>.</summary>
    public Written<TimeSpan>? FirstByteTimeout { get; set; }

    /// <summary>Key <c>orphans</c>.</summary>
    public Written<OrphanMode>? Orphans { get; set; }

    /// <summary>Key <c>close</c>.</summary>
    public Written<CloseMode>? Close { get; set; }

    /// <summary>Key <c>connect_timeout</c>.</summary>
    public Written<TimeSpan>? ConnectTimeout { get; set; }

    /// <summary>Key <c>banner</c>.</summary>
    public Written<BannerDefinition>? Banner { get; set; }

    /// <summary>Key <c>banner_success</c>.</summary>
    public Written<BannerDefinition>? BannerSuccess { get; set; }

    /// <summary>Key <c>banner_fail</c>.</summary>
    public Written<BannerDefinition>? BannerFail { get; set; }

    /// <summary>Key <c>backlog</c>.</summary>
    public Written<int>? Backlog { get; set; }

    /// <summary>Key <c>nodelay</c>.</summary>
    public Written<bool>? NoDelay { get; set; }

    /// <summary>Key <c>keepalive</c>.</summary>
    public Written<TcpKeepAlive?>? KeepAlive { get; set; }

    /// <summary>Key <c>user_timeout</c>.</summary>
    public Written<TimeSpan>? UserTimeout { get; set; }

    /// <summary>Key <c>v6only</c>.</summary>
    public Written<bool>? V6Only { get; set; }
}
