using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>What a jail has beside the files of its sandbox. Immutable. Key <c>jail</c>.</summary>
internal sealed record JailDefinition
{
    /// <summary>The size of /tmp unless it is written: room for temporary files, and little memory for each connection.</summary>
    public const ulong DefaultTmp = 16 << 20;

    /// <summary>The host name unless it is written.</summary>
    public const string DefaultHostname = "jail";

    /// <summary>The service: no two of them share a jail, whose processes share what is not in files.</summary>
    public required string Service { get; init; }

    /// <summary>The most bytes in each connection's /tmp, which is its /var/tmp and /dev/shm too; 0 = it has none.</summary>
    public ulong Tmp { get; init; } = DefaultTmp;

    /// <summary>Whether it has a /proc.</summary>
    public bool HasProc { get; init; } = true;

    /// <summary>Its host name.</summary>
    public string Hostname { get; init; } = DefaultHostname;

    /// <summary>Devices beside those that every jail has, absolute.</summary>
    public ValueArray<string> Devices { get; init; } = [];

    /// <summary>What stands at another path in the jail; it is read-only.</summary>
    public ValueArray<JailBind> Binds { get; init; } = [];

    /// <summary>superd's user, if superd may make a jail only in a user namespace; null if it may make any namespace.</summary>
    /// <remarks>With <see cref="Users"/> the first of those.</remarks>
    public JailOwner? Owner { get; init; }

    /// <summary>The users that superd has by subuid(5), if handlers run as such ones.</summary>
    public UserRange? Users { get; init; }

    /// <summary>Whether each handler is pid 1 of a namespace: it sees its own processes only, and they end with it.</summary>
    public bool HasOwnPids => Owner is null;
}
