namespace SuperD.Linux;

/// <summary>When the kernel asks an idle peer whether it is still there, and when it gives up; see tcp(7).</summary>
/// <param name="IdleSeconds">TCP_KEEPIDLE: the silence before the first probe, 1 to <see cref="MostSeconds"/>.</param>
/// <param name="IntervalSeconds">TCP_KEEPINTVL: the time between two probes, 1 to <see cref="MostSeconds"/>.</param>
/// <param name="Probes">TCP_KEEPCNT: how many probes without an answer end the connection, 1 to <see cref="MostProbes"/>.</param>
public readonly record struct TcpKeepAlive(int IdleSeconds, int IntervalSeconds, int Probes)
{
    /// <summary>The kernel's limits: MAX_TCP_KEEPIDLE, MAX_TCP_KEEPINTVL and MAX_TCP_KEEPCNT.</summary>
    public const int MostSeconds = 32767, MostProbes = 127;

    /// <summary>A vanished peer is detected after two minutes, not after the kernel's own two hours.</summary>
    public static readonly TcpKeepAlive Default = new(60, 10, 6);
}
