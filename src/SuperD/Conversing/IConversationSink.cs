using SuperD.Services;

namespace SuperD.Conversing;

/// <summary>What conversations tell; the conductor listens. Each event hands the connection and its socket back.</summary>
internal interface IConversationSink
{
    /// <summary>An admitted connection has been told what there was to tell: to be served when it was <see cref="DialogueEnd.Done"/>.</summary>
    void OnGreeted(Connection connection, DialogueEnd end);

    /// <summary>A service of superd's own has served a connection to its end.</summary>
    void OnConversed(Dialogue dialogue, DialogueEnd end);

    /// <summary>A client of a tcpmux service asks for a service.</summary>
    /// <param name="name">As the client wrote it, whatever that is; null when no whole line came, and then <paramref name="end"/> says why.</param>
    void OnAsked(Connection connection, byte[]? name, DialogueEnd end);

    /// <summary>What the service <c>status</c> tells.</summary>
    IEnumerable<ServiceStatus> Status();
}
