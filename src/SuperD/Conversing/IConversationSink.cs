using SuperD.Services;

namespace SuperD.Conversing;

/// <summary>Receives the events of conversations; the conductor implements it. Each event returns the connection and its socket.</summary>
internal interface IConversationSink
{
    /// <summary>An admitted client has received its texts; it is served next if the end is <see cref="DialogueEnd.Done"/>.</summary>
    void OnGreeted(Connection connection, DialogueEnd end);

    /// <summary>A built-in service has finished with a connection.</summary>
    void OnConversed(Dialogue dialogue, DialogueEnd end);

    /// <summary>A client of a tcpmux service asks for a service.</summary>
    /// <param name="name">Exactly as the client wrote it; null if no whole line came, for the reason in <paramref name="end"/>.</param>
    void OnAsked(Connection connection, byte[]? name, DialogueEnd end);

    /// <summary>What the service <c>status</c> reports.</summary>
    IEnumerable<ServiceStatus> Status();
}
