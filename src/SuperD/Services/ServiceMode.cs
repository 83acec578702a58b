namespace SuperD.Services;

/// <summary>Whether a service takes new connections, as the console, or a reload, has it. Live connections go on in any case.</summary>
internal enum ServiceMode
{
    /// <summary>It does.</summary>
    Open,

    /// <summary>New clients wait in the kernel's queue.</summary>
    Paused,

    /// <summary>New clients are refused.</summary>
    Draining,

    /// <summary>A reload has removed it: it listens no more.</summary>
    Removed,
}

internal static class ServiceModeNames
{
    /// <summary>Its stable name, in the console's replies.</summary>
    public static string Name(this ServiceMode mode) => mode switch
    {
        ServiceMode.Open => "open",
        ServiceMode.Paused => "paused",
        ServiceMode.Removed => "removed",
        _ => "draining",
    };
}
