using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Control;

/// <summary>Selects connections: all conditions that are given must hold.</summary>
internal readonly record struct ConnectionFilter(long? Id, string? Service, IpPrefix? From)
{
    public bool Fits(Connection connection) =>
        (Id is not { } id || id == connection.Id)
        && (Service is not { } service || service == connection.Service.Name)
        && (From is not { } from || from.Contains(connection.Peer.EndPoint));

    /// <summary>As in the log: <c>service han from 10.0.0.0/8</c>.</summary>
    public override string ToString()
    {
        string?[] conditions =
        [
            Id is { } id ? $"id {id}" : null,
            Service is { } service ? $"service {service}" : null,
            From is { } from ? $"from {from}" : null,
        ];
        return string.Join(' ', conditions.OfType<string>());
    }
}
