using System.Net;

namespace SuperD.Cli.Trials;

/// <summary>How <c>superd try</c> acts as the client.</summary>
internal sealed record TrialOptions
{
    /// <summary>Closes the sending half at the end of input, so that the handler reads that end.</summary>
    public bool HalfClose { get; init; }

    /// <summary>Sends one byte, and reads one kilobyte, every ten milliseconds.</summary>
    public bool Slow { get; init; }

    /// <summary>Resets the connection after the input is sent.</summary>
    public bool Reset { get; init; }

    /// <summary>The client address that the handler sees; null = this machine's.</summary>
    public IPAddress? From { get; init; }

    /// <summary>The number of connections, 1 or more.</summary>
    public int Repeat { get; init; } = 1;

    /// <summary>How many connections to run at the same time, 1 or more.</summary>
    public int AtOnce { get; init; } = 1;

    /// <summary>How long a connection may take before its client breaks it off; null = unlimited.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Says what the sandbox refused.</summary>
    public bool Explain { get; init; }

    /// <summary>The reply that every run must give; null = any.</summary>
    public byte[]? Expected { get; init; }
}
