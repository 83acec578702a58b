namespace SuperD.Services;

/// <summary>Why a listener does not accept; it accepts if there is no reason.</summary>
[Flags]
internal enum PauseReasons
{
    None = 0,

    /// <summary>All instances are in use: clients queue in the kernel.</summary>
    Busy = 1,

    /// <summary>
    /// The machine has no descriptors or memory for another connection, or the service has used up its share of descriptors.
    /// </summary>
    Pressure = 2,

    /// <summary>A wait handler ended without serving anybody; the next start is delayed.</summary>
    BackOff = 4,

    /// <summary>superd as a whole has as many handlers as it may: clients wait in the kernel's backlog.</summary>
    Crowded = 8,

    /// <summary>An operator has paused the service: clients wait in the kernel's backlog.</summary>
    Operator = 16,

    /// <summary>A wait handler has the socket and accepts by itself.</summary>
    Lent = 32,

    /// <summary>superd is executing its next version: clients wait in the kernel's backlog.</summary>
    Upgrade = 64,

    /// <summary>A connection is being accepted beside the loop.</summary>
    Accepting = 128,

    /// <summary>A wait handler has ended, and superd checks which client still waits.</summary>
    Looking = 256,

    /// <summary>The service is drained, and superd has stopped listening: the kernel refuses clients.</summary>
    Drained = 512,

    /// <summary>The reasons that apply to a service, and so to all its listeners.</summary>
    OfService = Busy | Crowded | Operator,
}
