using System.Collections.Immutable;
using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>What <c>[defaults]</c> of superd.toml says, and what each service may say for itself: the keys the two have in common.</summary>
/// <remarks>As written: null means absent. Filled by the key table while a file is read, and not changed after.</remarks>
internal class DefaultsConfig
{
    public Written<Principal>? User { get; set; }

    public Written<Principal>? Group { get; set; }

    public Written<ImmutableArray<Written<Principal>>>? Groups { get; set; }

    public Written<int>? Umask { get; set; }

    public Written<int>? Nice { get; set; }

    public Written<int>? OomScoreAdjustment { get; set; }

    public Written<ProcessorSet>? Affinity { get; set; }

    public Written<string>? Directory { get; set; }

    public Written<string>? Chroot { get; set; }

    public Written<ImmutableArray<Written<KeyValuePair<string, string>>>>? Environment { get; set; }

    public Written<ImmutableArray<Written<string>>>? PassEnvironment { get; set; }

    /// <summary>Key <c>rlimit</c>: the limits written in its table.</summary>
    public Dictionary<Resource, Written<ResourceLimit>> Limits { get; } = [];

    public Written<StderrTarget>? Stderr { get; set; }

    public Written<int>? Instances { get; set; }

    public Written<WhenFull>? WhenFull { get; set; }

    public Written<ImmutableArray<Written<AccessItemConfig>>>? OnlyFrom { get; set; }

    public Written<ImmutableArray<Written<AccessItemConfig>>>? NoAccess { get; set; }

    public Written<ImmutableArray<Written<AccessWindow>>>? AccessTimes { get; set; }

    public Written<TimeZoneInfo>? TimeZone { get; set; }

    public Written<double>? MaxLoad { get; set; }

    public Written<int>? PerSource { get; set; }

    public Written<SourcePrefix>? SourcePrefix { get; set; }

    public Written<Rate>? Rate { get; set; }

    public Written<Rate>? PerSourceRate { get; set; }

    public Written<PenaltyConfig>? Penalty { get; set; }

    public Written<TimeSpan>? StopGrace { get; set; }

    public Written<TimeSpan>? IdleTimeout { get; set; }

    public Written<TimeSpan>? RunTimeout { get; set; }

    public Written<TimeSpan>? FirstByteTimeout { get; set; }

    public Written<OrphanMode>? Orphans { get; set; }

    public Written<CloseMode>? Close { get; set; }

    public Written<TimeSpan>? ConnectTimeout { get; set; }

    public Written<BannerDefinition>? Banner { get; set; }

    public Written<BannerDefinition>? BannerSuccess { get; set; }

    public Written<BannerDefinition>? BannerFail { get; set; }

    public Written<int>? Backlog { get; set; }

    public Written<bool>? NoDelay { get; set; }

    public Written<bool>? KeepAlive { get; set; }

    public Written<bool>? V6Only { get; set; }
}
