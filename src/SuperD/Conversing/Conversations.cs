using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Conversing;

/// <summary>What superd itself says: texts to clients that come or are turned away. All at once, none waiting for another. Loop only.</summary>
/// <param name="greeted">Told of every connection that was to be greeted, with the socket its own again: to be served when it was <see cref="DialogueEnd.Done"/>.</param>
/// <param name="emptied">Told when the last of them is over.</param>
internal sealed class Conversations(EventLoop loop, ILogger log, Action<Connection, DialogueEnd> greeted, Action emptied)
{
    /// <summary>Refused clients that are told why at the same time; each is a descriptor for some seconds, and a flood must not take all of them.</summary>
    private const int MostTurnedAway = 256;

    private readonly TextLibrary _texts = new(loop, log);
    private readonly HashSet<Dialogue> _live = [];
    private int _turnedAway;

    /// <summary>How many go on; each holds one descriptor.</summary>
    public int Count => _live.Count;

    /// <summary>Tells an admitted client what it is to be told before it is served; at once when that is nothing.</summary>
    /// <param name="opening">Said first of all; null for nothing.</param>
    public void Greet(Connection connection, TextTemplate? opening)
    {
        ServiceDefinition definition = connection.Service.Definition;
        if (opening is null && definition.Banner is null && definition.BannerSuccess is null)
        {
            greeted(connection, DialogueEnd.Done);
            return;
        }

        Start(new Greeting(connection, opening, _texts), (dialogue, end) => greeted(dialogue.Connection, end));
    }

    /// <summary>Closes a refused connection, after it was told what there is to tell. The socket is no longer the caller's.</summary>
    /// <param name="reason">The refusal's name.</param>
    /// <param name="retryAfter">When another try makes sense.</param>
    /// <param name="isGreeted">True when it has had the service's banner already.</param>
    public void TurnAway(Connection connection, string reason, TimeSpan retryAfter, bool isGreeted)
    {
        ServiceDefinition definition = connection.Service.Definition;
        BannerDefinition? banner = isGreeted ? null : definition.Banner;
        if ((banner is null && definition.BannerFail is null) || _turnedAway == MostTurnedAway)
        {
            connection.Socket.Dispose();
            return;
        }

        _turnedAway++;
        var values = new TextValues(connection, reason, retryAfter);
        Start(new Answer(connection, null, [banner, definition.BannerFail], values, _texts), (dialogue, _) =>
        {
            _turnedAway--;
            dialogue.Connection.Socket.Dispose();
        });
    }

    /// <summary>Ends all of them at once.</summary>
    public void EndAll()
    {
        foreach (Dialogue dialogue in _live.ToArray())
        {
            dialogue.Finish(DialogueEnd.Shutdown);
        }
    }

    private void Start(Dialogue dialogue, Action<Dialogue, DialogueEnd> ended)
    {
        _live.Add(dialogue);
        dialogue.Start(loop, (_, end) =>
        {
            _live.Remove(dialogue);
            ended(dialogue, end);
            if (_live.Count == 0)
            {
                emptied();
            }
        });
    }
}
