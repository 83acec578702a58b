using System.Globalization;
using System.Text;
using SuperD.Configuration;
using SuperD.Services;

namespace SuperD.Conversing;

/// <summary>The values of a text's placeholders for one connection.</summary>
/// <param name="Reason">Why it is refused; empty if it is not.</param>
/// <param name="RetryAfter">When another try makes sense; zero if it is not refused.</param>
internal readonly record struct TextValues(Connection Connection, string Reason, TimeSpan RetryAfter)
{
    /// <summary>The values for a connection that is not refused.</summary>
    public static TextValues Of(Connection connection) => new(connection, string.Empty, TimeSpan.Zero);

    /// <summary>The value of one placeholder.</summary>
    public byte[] Of(Placeholder placeholder) => Encoding.UTF8.GetBytes(placeholder switch
    {
        Placeholder.Peer => Connection.Peer.ToString(),
        Placeholder.Service => Connection.Service.Name,
        Placeholder.Reason => Reason,
        Placeholder.RetryAfter => Math.Ceiling(RetryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture),
        _ => throw new ArgumentOutOfRangeException(nameof(placeholder), placeholder, null),
    });
}
