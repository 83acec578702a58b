using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using SuperD.Configuration;
using SuperD.Services;

namespace SuperD.Conversing;

/// <summary>The built-in services that send one text and close.</summary>
internal static class SmallAnswers
{
    /// <summary>From 1900, the epoch of RFC 868, to 1970.</summary>
    private const long SecondsFrom1900To1970 = 2_208_988_800;

    // RFC 865: fewer than 512 characters of printable ASCII. Proverbs are in the public domain.
    private static readonly string[] s_sayings =
    [
        "A watched pot never boils.",
        "Many hands make light work.",
        "Well begun is half done.",
        "Still waters run deep.",
        "He who asks a question is a fool for a minute; he who does not remains one for ever.",
        "A chain is no stronger than its weakest link.",
        "Measure twice, cut once.",
        "The cobbler's children go barefoot.",
        "Little strokes fell great oaks.",
        "Do not put all your eggs in one basket.",
        "First come, first served.",
        "All things come to those who wait.",
        "Better late than never.",
    ];

    /// <summary>RFC 867 leaves the format open; this is xinetd's: <c>22 NOV 2026 11:15:00 UTC</c>.</summary>
    public static byte[] Daytime(DateTimeOffset now) => Encoding.ASCII.GetBytes(
        now.ToUniversalTime().ToString("dd MMM yyyy HH:mm:ss 'UTC\r\n'", CultureInfo.InvariantCulture).ToUpperInvariant());

    /// <summary>RFC 868: the seconds since 1900 in 32 bits, big-endian; they wrap around in 2036.</summary>
    public static byte[] Time(DateTimeOffset now)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, unchecked((uint)(now.ToUnixTimeSeconds() + SecondsFrom1900To1970)));
        return bytes;
    }

    /// <summary>RFC 865: the same saying all day (UTC), and the next one tomorrow.</summary>
    public static byte[] QuoteOfTheDay(DateTimeOffset now)
    {
        int day = DateOnly.FromDateTime(now.UtcDateTime).DayNumber;
        return Encoding.ASCII.GetBytes(s_sayings[day % s_sayings.Length] + "\r\n");
    }

    /// <summary>One line per service: its name, addresses, occupancy and state.</summary>
    public static byte[] Status(IEnumerable<ServiceStatus> services)
    {
        var text = new StringBuilder();
        foreach (ServiceStatus service in services)
        {
            string addresses = service.Addresses.Count == 0 ? "-" : string.Join(',', service.Addresses);
            text.Append(CultureInfo.InvariantCulture, $"{service.Name} {addresses} {service.Occupancy} {service.State}\r\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
