using System.Text.Json.Serialization;
using SuperD.Configuration;

namespace SuperD.Services;

/// <summary>
/// Whether a service accepts new connections, as set on the console or by a reload. Live connections continue in any case.
/// </summary>
[JsonConverter(typeof(EnumByName<ServiceMode>))]
internal enum ServiceMode
{
    /// <summary>It accepts.</summary>
    Open,

    /// <summary>New clients wait in the kernel's queue.</summary>
    Paused,

    /// <summary>New clients are refused: by the kernel where superd can stop listening and begin again, by superd elsewhere.</summary>
    Draining,

    /// <summary>A reload has removed the service; it no longer listens.</summary>
    Removed,
}

/// <summary>The stable names of modes.</summary>
internal static class ServiceModeNames
{
    /// <summary>The name in the console's replies.</summary>
    public static string Name(this ServiceMode mode) => mode switch
    {
        ServiceMode.Open => "open",
        ServiceMode.Paused => "paused",
        ServiceMode.Removed => "removed",
        _ => "draining",
    };
}
