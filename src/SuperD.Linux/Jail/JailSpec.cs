namespace SuperD.Linux;

/// <summary>What a jail is to have: the input of <see cref="JailLayout"/>.</summary>
public sealed record JailSpec
{
    /// <summary>Whose it is: jails of different names are never the same one.</summary>
    public required string Name { get; init; }

    /// <summary>What stands at the same path in the jail as outside it.</summary>
    public required IReadOnlyList<LandlockRule> Files { get; init; }

    /// <summary>What stands elsewhere in the jail, and can be read and executed there.</summary>
    public required IReadOnlyList<JailBind> Binds { get; init; }

    /// <summary>Its host name.</summary>
    public required string Hostname { get; init; }

    /// <summary>Whether it has a network of its own, without an interface that is up; otherwise it has the machine's.</summary>
    public required bool HasOwnNetwork { get; init; }

    /// <summary>Whether each process gets a /tmp of its own, which is /var/tmp and /dev/shm too.</summary>
    public required bool HasTmp { get; init; }

    /// <summary>Whether each process gets a /proc of its own.</summary>
    public required bool HasProc { get; init; }

    /// <summary>Whose a jail is that is made without root, by a user namespace; null = superd is root.</summary>
    public JailOwner? Owner { get; init; }

    /// <summary>The users of that namespace, see <see cref="UserNamespace"/>; null = its owner is the only one.</summary>
    public UserRange? Users { get; init; }

    /// <summary>The paths where only a process' own /tmp is, which hides whatever else is there.</summary>
    public static IReadOnlyList<string> TmpPlaces { get; } = ["/tmp", "/var/tmp", "/dev/shm"];
}

/// <summary>A path of a jail.</summary>
/// <param name="Target">Its path in the jail, absolute.</param>
/// <param name="Source">What is there: a path outside the jail, absolute.</param>
public readonly record struct JailBind(string Target, string Source);

/// <summary>The user and group that superd has, or whatever else a jail belongs to.</summary>
public readonly record struct JailOwner(uint UserId, uint GroupId);
