using System.Text;
using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Conversing;

/// <summary>What superd itself sends: texts to clients that arrive or are refused, and the built-in services. Loop only.</summary>
/// <remarks>All conversations run on the loop's thread, and none waits for another.</remarks>
/// <param name="report">What the builtins tell those who watch superd; asked when a client comes.</param>
internal sealed class Conversations(
    Stages stages, EventLoop loop, ILogger log, IConversationSink sink, Func<IServerReport> report) : Stage(stages)
{
    /// <summary>The retry_after of a refusal whose end is unknown: soon for a person, rare for a program.</summary>
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(10);

    private readonly TextLibrary _texts = new(loop, log);
    private readonly HashSet<Dialogue> _live = [];
    private readonly RefusedClients _turnedAway = new();
    private bool _isEnding;

    /// <summary>How many conversations are under way; each holds one descriptor.</summary>
    public override int Count => _live.Count;

    /// <summary>
    /// Succeeds the owners whose files are trusted when they are read again; see <see cref="ServerDefinition.TrustedOwners"/>.
    /// </summary>
    public override void Succeed(ServerDefinition server) => _texts.TrustedOwners = server.TrustedOwners;

    /// <summary>Keeps only these texts of the configuration in memory.</summary>
    public void KeepTexts(IReadOnlySet<BannerDefinition> inUse) => _texts.Keep(inUse);

    /// <summary>Sends an admitted client the texts that precede the service; reports the end at once if there are none.</summary>
    /// <param name="opening">A text to send first; null for none.</param>
    public void Greet(Connection connection, TextTemplate? opening)
    {
        ServiceDefinition definition = connection.Definition;
        if (opening is null && definition.Banner is null && definition.BannerSuccess is null)
        {
            sink.OnGreeted(connection, DialogueEnd.Done);
            return;
        }

        Start(
            new Greeting(connection, opening, [definition.Banner, definition.BannerSuccess], _texts),
            (dialogue, end) => sink.OnGreeted(dialogue.Connection, end));
    }

    /// <summary>Closes a refused connection after it has received the service's texts. Takes ownership of the socket.</summary>
    /// <param name="reason">The refusal's name.</param>
    /// <param name="retryAfter">When another try makes sense; zero if that is unknown.</param>
    /// <param name="isGreeted">True if the client has received the service's banner already.</param>
    /// <param name="isOfFlood">
    /// True if it is one of too many. If there is no text to send, the connection is then reset, which spares the kernel a minute of
    /// TIME_WAIT.
    /// </param>
    public void TurnAway(Connection connection, string reason, TimeSpan retryAfter, bool isGreeted, bool isOfFlood = false)
    {
        ServiceDefinition definition = connection.Definition;
        BannerDefinition? banner = isGreeted ? null : definition.Banner;
        if (banner is null && definition.BannerFail is null)
        {
            if (isOfFlood)
            {
                StreamSocket.EndByReset(connection.Socket);
            }

            connection.Socket.Dispose();
            return;
        }

        var values = new TextValues(connection, reason, retryAfter > TimeSpan.Zero ? retryAfter : s_retryAfter);
        TurnAway(new Answer(connection, null, [banner, definition.BannerFail], values, _texts));
    }

    /// <summary>Closes a refused connection after it has received this text. Takes ownership of the socket.</summary>
    public void TurnAway(Connection connection, string text) => TurnAway(Say(connection, Encoding.UTF8.GetBytes(text)));

    /// <summary>Serves a connection with a built-in service; <see cref="IConversationSink.OnConversed"/> reports the end.</summary>
    public void Serve(Connection connection, Builtin builtin)
    {
        DateTimeOffset now = loop.Time.GetUtcNow();
        Start(
            builtin switch
            {
                Builtin.Echo => new EchoDialogue(connection),
                Builtin.Discard => new DiscardDialogue(connection),
                Builtin.Chargen => new ChargenDialogue(connection),
                Builtin.Daytime => Say(connection, SmallAnswers.Daytime(now)),
                Builtin.Time => Say(connection, SmallAnswers.Time(now)),
                Builtin.Qotd => Say(connection, SmallAnswers.QuoteOfTheDay(now)),
                Builtin.Health or Builtin.Metrics => Http(connection, builtin),
                Builtin.Agent => Say(connection, Encoding.ASCII.GetBytes(report().AgentLine(connection.Definition.AgentFor))),
                Builtin.Status => Say(connection, SmallAnswers.Status(sink.Status())),
                _ => throw new ArgumentOutOfRangeException(nameof(builtin), builtin, "is not served by itself"),
            },
            sink.OnConversed,
            connection.Definition.IdleTimeout);
    }

    /// <summary>Sends a connection this text and closes it; <see cref="IConversationSink.OnConversed"/> reports the end.</summary>
    public void Serve(Connection connection, string text) => Start(Say(connection, Encoding.UTF8.GetBytes(text)), sink.OnConversed);

    /// <summary>Reads which service a client of a tcpmux service asks for; <see cref="IConversationSink.OnAsked"/> reports it.</summary>
    public void Ask(Connection connection) => Ask(connection, connection.Service.Definition.IdleTimeout, handed: null);

    public override StageHandover HandOver(KeptDescriptors kept) =>
        new DialoguesHandover([.. _live.Select(dialogue => dialogue.HandOver(KindOf(dialogue), kept))]);

    public override bool TryInherit(StageHandover part, Inheritance inheritance)
    {
        if (part is not DialoguesHandover handed)
        {
            return false;
        }

        foreach (DialogueHandover dialogue in handed.Dialogues)
        {
            if (inheritance.Take(dialogue.Connection.Socket) is { } socket)
            {
                bool isAdmitted = dialogue.Kind != DialogueKind.TurnAway;
                Inherit(
                    dialogue,
                    isAdmitted
                        ? inheritance.RestoreAdmitted(dialogue.Connection, socket)
                        : inheritance.Restore(dialogue.Connection, socket));
            }
        }

        return true;
    }

    /// <summary>Ends all conversations at once; from now on refused clients are closed without a text.</summary>
    public override void EndAll()
    {
        _isEnding = true;
        foreach (Dialogue dialogue in _live.ToArray())
        {
            dialogue.Finish(DialogueEnd.Shutdown);
        }
    }

    private void Inherit(DialogueHandover handed, Connection connection)
    {
        var values = new TextValues(connection, handed.Reason ?? string.Empty, handed.RetryAfter);
        TextTemplate rest = TextTemplate.OfPieces(handed.Text ?? []);
        BannerDefinition?[] banners = [.. handed.Banners ?? []];
        switch (handed.Kind)
        {
            case DialogueKind.Greeting:
                Start(
                    new Greeting(connection, rest, banners, _texts),
                    (dialogue, end) => sink.OnGreeted(dialogue.Connection, end),
                    handed.IdleLimit,
                    handed);
                break;
            case DialogueKind.TurnAway:
                TurnAway(new Answer(connection, rest, banners, values, _texts), handed);
                break;
            case DialogueKind.Saying:
                Start(new Answer(connection, rest, banners, values, _texts), sink.OnConversed, handed.IdleLimit, handed);
                break;
            case DialogueKind.Asking:
                Ask(connection, handed.IdleLimit, handed);
                break;
            case DialogueKind.Http:
                // A reload or the upgrade may have made something else of the service; then there is no page.
                Start(
                    Http(connection, connection.Definition.Builtin ?? Builtin.Health), sink.OnConversed, handed.IdleLimit, handed);
                break;
            case DialogueKind.Echo:
                Start(new EchoDialogue(connection), sink.OnConversed, handed.IdleLimit, handed);
                break;
            case DialogueKind.Discard:
                Start(new DiscardDialogue(connection), sink.OnConversed, handed.IdleLimit, handed);
                break;
            case DialogueKind.Chargen:
                Start(new ChargenDialogue(connection), sink.OnConversed, handed.IdleLimit, handed);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(handed), handed.Kind, "is no kind of dialogue");
        }
    }

    private DialogueKind KindOf(Dialogue dialogue) => dialogue switch
    {
        Greeting => DialogueKind.Greeting,
        Answer => _turnedAway.Contains(dialogue) ? DialogueKind.TurnAway : DialogueKind.Saying,
        HttpDialogue { IsAnswering: true } => DialogueKind.Saying,
        HttpDialogue => DialogueKind.Http,
        TcpMuxDialogue => DialogueKind.Asking,
        EchoDialogue => DialogueKind.Echo,
        DiscardDialogue => DialogueKind.Discard,
        ChargenDialogue => DialogueKind.Chargen,
        _ => throw new ArgumentOutOfRangeException(nameof(dialogue), dialogue, "is of no known kind"),
    };

    private void Ask(Connection connection, TimeSpan? idleLimit, DialogueHandover? handed)
    {
        var dialogue = new TcpMuxDialogue(connection);
        Start(dialogue, (_, end) => sink.OnAsked(connection, dialogue.Name, end), idleLimit, handed);
    }

    private HttpDialogue Http(Connection connection, Builtin builtin) =>
        new(connection, request => ReportPages.Answer(request, builtin, report()));

    private Answer Say(Connection connection, byte[] text) =>
        new(connection, TextTemplate.Literal(text), [], TextValues.Of(connection), _texts);

    private void TurnAway(Answer answer, DialogueHandover? handed = null)
    {
        if (_isEnding || !_turnedAway.TryAdd(answer))
        {
            answer.Connection.Socket.Dispose();
            return;
        }

        Start(answer, (dialogue, _) =>
        {
            _turnedAway.Remove(dialogue);
            dialogue.Connection.Socket.Dispose();
        }, handed: handed);
    }

    private void Start(Dialogue dialogue, Action<Dialogue, DialogueEnd> ended, TimeSpan? idleLimit = null, DialogueHandover? handed = null)
    {
        _live.Add(dialogue);
        dialogue.Start(loop, (_, end) =>
        {
            _live.Remove(dialogue);
            ended(dialogue, end);
        }, idleLimit, handed);
    }
}
