namespace SuperD.Services;

/// <summary>Why a listener of a service is not accepting; it accepts when there is no reason not to.</summary>
[Flags]
internal enum PauseReasons
{
    None = 0,

    /// <summary>All instances are in use: clients queue in the kernel.</summary>
    Busy = 1,

    /// <summary>The machine is out of descriptors or memory for one more connection, or the service has its share of the descriptors.</summary>
    Pressure = 2,

    /// <summary>A wait handler ended without serving anybody; the next start is held back.</summary>
    BackOff = 4,

    /// <summary>superd as a whole has all the handlers it may: clients queue in the kernel's backlog.</summary>
    Crowded = 8,

    /// <summary>The console has paused the service: clients queue in the kernel's backlog.</summary>
    Operator = 16,

    /// <summary>A wait handler has the socket, and accepts from it by itself.</summary>
    Lent = 32,

    /// <summary>superd becomes its next version: clients queue in the kernel's backlog.</summary>
    Upgrade = 64,

    /// <summary>A connection is being accepted beside the loop.</summary>
    Accepting = 128,

    /// <summary>A wait handler has ended, and who still waits is being looked up.</summary>
    Looking = 256,

    /// <summary>Those that are the service's, and so the same for all its listeners.</summary>
    OfService = Busy | Crowded | Operator,
}
