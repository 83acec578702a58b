using SuperD.Configuration;
using SuperD.Services;

namespace SuperD.Conversing;

/// <summary>The answers of the built-in services to a datagram.</summary>
internal static class DatagramAnswers
{
    /// <summary>RFC 864: a datagram of characters has a random length up to this.</summary>
    private const int LongestPattern = 512;

    /// <summary>What passes every IPv6 path unfragmented, 1,280 bytes, less the headers.</summary>
    private const int LongestStatus = 1232;

    /// <summary>Makes the answer.</summary>
    /// <param name="status">Called only for the service <c>status</c>.</param>
    /// <param name="answer">May be empty, which is a valid datagram; may be the datagram itself.</param>
    /// <returns>False if there is no answer.</returns>
    public static bool TryAnswer(
        Builtin builtin,
        ReadOnlySpan<byte> datagram,
        DateTimeOffset now,
        Func<IEnumerable<ServiceStatus>> status,
        out ReadOnlySpan<byte> answer)
    {
        answer = builtin switch
        {
            Builtin.Echo => datagram,
            Builtin.Discard => default,
            Builtin.Chargen => CharacterPattern.Bytes[..Random.Shared.Next(LongestPattern + 1)],
            Builtin.Daytime => SmallAnswers.Daytime(now),
            Builtin.Time => SmallAnswers.Time(now),
            Builtin.Qotd => SmallAnswers.QuoteOfTheDay(now),
            Builtin.Status => WholeLines(SmallAnswers.Status(status())),
            _ => throw new ArgumentOutOfRangeException(nameof(builtin), builtin, "has no answer to a datagram"),
        };
        return builtin != Builtin.Discard;
    }

    /// <summary>As many whole lines as one datagram holds.</summary>
    private static ReadOnlySpan<byte> WholeLines(ReadOnlySpan<byte> text) =>
        text.Length <= LongestStatus ? text : text[..(text[..LongestStatus].LastIndexOf((byte)'\n') + 1)];
}
