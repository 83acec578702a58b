using SuperD.Configuration;
using SuperD.Control.Messages;
using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Control;

/// <summary>Which connections are meant; all that is given must hold.</summary>
internal readonly record struct ConnectionFilter(long? Id, string? Service, IpPrefix? From)
{
    public bool Fits(Connection connection) =>
        (Id is not { } id || id == connection.Id)
        && (Service is not { } service || service == connection.Service.Name)
        && (From is not { } from || from.Contains(connection.Peer.EndPoint));

    /// <summary>As the log says it: <c>service han from 10.0.0.0/8</c>.</summary>
    public override string ToString() =>
        $"{(Id is { } id ? $"id {id} " : "")}{(Service is { } service ? $"service {service} " : "")}{(From is { } from ? $"from {from}" : "")}".TrimEnd();
}

/// <summary>What the console may ask and tell: the conductor answers. Loop only; each call looks at no more than it is asked to.</summary>
internal interface IConsole
{
    ServerState Server { get; }

    bool HasService(string name);

    /// <summary>Whether a service that a reload has removed still has connections.</summary>
    bool HasRemovedService(string name);

    /// <summary>The states of one service, or of so many of all, in the order of their names, after one of them.</summary>
    IReadOnlyList<ServiceState> Services(string? name, string? after, int most);

    /// <summary>The states of the live connections that fit and have a greater id, oldest first.</summary>
    IReadOnlyList<ConnectionState> Connections(ConnectionFilter filter, long after, int most);

    /// <summary>Ends those connections, one that is being launched as soon as its handler executes; their ids.</summary>
    IReadOnlyList<long> End(ConnectionFilter filter, long after, int most, PeerCredentials by);

    /// <summary>Has a service take new connections, let them wait, or refuse them.</summary>
    void Steer(string service, ServiceMode mode, PeerCredentials by);

    /// <summary>Reads the configuration again and applies it, when those that were asked for before are done.</summary>
    /// <param name="done">Told how it went, later, on the loop.</param>
    void Reload(bool isDryRun, bool kills, PeerCredentials by, Action<ReloadState> done);

    /// <summary>The admission checks of a client, in their order.</summary>
    IReadOnlyList<CheckState> Why(string service, InetEndPoint client);

    /// <summary>Has superd become its next version. The answer comes when it has, or why it has not; in the first case it is the next version that answers.</summary>
    void Upgrade(Action<ControlReply> answer);
}
