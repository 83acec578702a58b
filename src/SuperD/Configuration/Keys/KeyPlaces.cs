namespace SuperD.Configuration.Keys;

/// <summary>Where a key may stand.</summary>
[Flags]
internal enum KeyPlaces
{
    /// <summary>In a service file.</summary>
    Service = 1,

    /// <summary>In <c>[defaults]</c> of superd.toml.</summary>
    Defaults = 2,

    /// <summary>At the top of superd.toml.</summary>
    Server = 4,

    /// <summary>In <c>[log]</c> of superd.toml.</summary>
    Log = 8,

    /// <summary>In the table <c>rlimit</c> of a service file or of <c>[defaults]</c>.</summary>
    Limits = 16,

    /// <summary>In <c>[control]</c> of superd.toml.</summary>
    Control = 32,
}
