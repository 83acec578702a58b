using System.Net;

namespace SuperD.Cli.Trials;

/// <summary>How <c>superd try</c> plays the client.</summary>
internal sealed record TrialOptions
{
    /// <summary>The end of the input ends the sending half.</summary>
    public bool HalfClose { get; init; }

    /// <summary>Sends a byte, and takes a kilobyte, every ten milliseconds.</summary>
    public bool Slow { get; init; }

    /// <summary>Breaks the connection off when the input is sent.</summary>
    public bool Reset { get; init; }

    /// <summary>Who the handler is told has come; null = this machine.</summary>
    public IPAddress? From { get; init; }

    /// <summary>How many connections, 1 or more.</summary>
    public int Repeat { get; init; } = 1;

    /// <summary>How many of them at once, 1 or more.</summary>
    public int AtOnce { get; init; } = 1;

    /// <summary>What every reply must be; null = anything.</summary>
    public byte[]? Expected { get; init; }
}
