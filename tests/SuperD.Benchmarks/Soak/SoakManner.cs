namespace SuperD.Benchmarks.Soak;

/// <summary>How a client of the soak test behaves.</summary>
internal enum SoakManner
{
    /// <summary>Says nothing and reads to the end.</summary>
    Listens,

    /// <summary>Sends a request in two parts, ends its sending, and reads to the end.</summary>
    Asks,

    /// <summary>Resets the connection after a moment.</summary>
    Resets,

    /// <summary>Closes the connection as soon as it has it.</summary>
    Vanishes,
}
