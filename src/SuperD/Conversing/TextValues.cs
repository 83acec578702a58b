using System.Globalization;
using System.Text;
using SuperD.Configuration;
using SuperD.Services;

namespace SuperD.Conversing;

/// <summary>What the placeholders of a text stand for, for one connection.</summary>
/// <param name="Reason">Why it is refused; empty when it is not.</param>
/// <param name="RetryAfter">When another try makes sense; zero when it is not refused.</param>
internal readonly record struct TextValues(Connection Connection, string Reason, TimeSpan RetryAfter)
{
    public static TextValues Of(Connection connection) => new(connection, string.Empty, TimeSpan.Zero);

    public byte[] Of(Placeholder placeholder) => Encoding.UTF8.GetBytes(placeholder switch
    {
        Placeholder.Peer => Connection.Peer.ToString(),
        Placeholder.Service => Connection.Service.Name,
        Placeholder.Reason => Reason,
        Placeholder.RetryAfter => Math.Ceiling(RetryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture),
        _ => throw new ArgumentOutOfRangeException(nameof(placeholder), placeholder, null),
    });
}
