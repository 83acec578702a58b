using System.Globalization;
using System.Text;
using SuperD.Linux;

namespace SuperD.Logging;

/// <summary>What the record of a connection says beyond its process; nothing of what is not known or did not happen.</summary>
/// <param name="Traffic">What went over the connection; null where superd kept no descriptor of it.</param>
/// <param name="Reason">Why it did not end by itself, or not as it should; null for a normal end.</param>
/// <param name="Orphans">How many processes were left behind and ended.</param>
internal readonly record struct EndDetails(TcpTraffic? Traffic, string? Reason, int Orphans)
{
    /// <summary>Each fact by its name in <see cref="ToString"/>.</summary>
    public IEnumerable<(string Name, object? Value)> Fields
    {
        get
        {
            if (Traffic is { } traffic)
            {
                yield return ("bytes_in", traffic.BytesIn);
                yield return ("bytes_out", traffic.BytesOut);
                yield return ("rtt_ms", traffic.RoundTrip.TotalMilliseconds);
            }

            if (Reason is not null)
            {
                yield return ("reason", Reason);
            }

            if (Orphans > 0)
            {
                yield return ("orphans", Orphans);
            }
        }
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        if (Traffic is { } traffic)
        {
            text.Append(CultureInfo.InvariantCulture, $" bytes_in={traffic.BytesIn} bytes_out={traffic.BytesOut} rtt_ms={traffic.RoundTrip.TotalMilliseconds:0.###}");
        }

        if (Reason is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $" reason={Reason}");
        }

        if (Orphans > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" orphans={Orphans}");
        }

        return text.ToString();
    }
}
