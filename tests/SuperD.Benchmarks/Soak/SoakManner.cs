namespace SuperD.Benchmarks.Soak;

/// <summary>How a client of the soak test behaves.</summary>
internal enum SoakManner
{
    /// <summary>Sends nothing and reads to the end.</summary>
    Listens,

    /// <summary>Sends a request in two parts, shuts down its sending side, and reads to the end.</summary>
    Asks,

    /// <summary>Resets the connection after a moment.</summary>
    Resets,

    /// <summary>Closes the connection as soon as it is established.</summary>
    Vanishes,
}
