using System.Text.Json;
using SuperD.Control.Messages;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Control;

/// <summary>
/// One client of the console: each line it sends is a request, and gets a line in reply; after <c>tail</c> it gets the log. Loop only.
/// </summary>
/// <remarks>
/// Its cost is bounded: a buffer for one request, one reply at a time, which is not built before the previous one has been read, one
/// request per turn of the loop, and a limit on the log lines that wait. A client that neither asks nor reads for <see cref="Patience"/> is
/// closed; sending a request byte by byte does not extend that time.
/// </remarks>
/// <param name="page">What it may ask as superd's page; null for a client that may ask for everything.</param>
internal sealed class ControlClient(ControlServer server, EventLoop loop, Fd socket, PeerCredentials peer, PageRight? page) : IReadySource
{
    /// <summary>How long a client may stay without asking, or without reading its reply.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The answer to a user who may not ask.</summary>
    public static readonly byte[] Denial = ToLine(ControlReply.Fail(
        "denied", "you may not use this console: root may, superd's own user, and the members of control.group in superd.toml"));

    /// <summary>The answer to a handler in a sandbox, whoever its user is.</summary>
    public static readonly byte[] DenialOfConfined = ToLine(ControlReply.Fail(
        "denied",
        "you may not use this console: a program in a sandbox may not, nor one that has ended, or that superd cannot look at for want of "
        + "descriptors"));

    private readonly RequestBuffer _requests = new();
    private readonly OutputQueue _output = new();
    private readonly OutputQueue _newLines = new(); // logged while kept lines become text
    private string? _followed;
    private WatchToken _watch;
    private EpollEvents _watchedFor;
    private bool _isWatched;
    private LoopTimer? _deadline;
    private LoopTimer? _turn;
    private bool _isClosing;
    private bool _isClosed;

    /// <summary>The page whose process it is; null for any other client.</summary>
    public Service? Page => page?.Service;

    /// <summary>Whether it gets the log.</summary>
    public bool Follows { get; private set; }

    /// <summary>Whether it waits for something from superd.</summary>
    public bool IsBusy => Follows || IsAwaiting || !_output.IsEmpty;

    /// <summary>When it last asked or read something.</summary>
    public long LastActiveMs { get; private set; }

    /// <summary>Whether it waits for the reply of a command that takes time: a reload or an upgrade.</summary>
    public bool IsAwaiting { get; private set; }

    /// <summary>Begins to read its requests.</summary>
    public void Start()
    {
        Touch();
        Rewatch();
    }

    /// <summary>Continues where superd's last version stopped.</summary>
    public void Inherit(ControlClientHandover handed)
    {
        _requests.Inherit(handed.Request, handed.HasEnded);
        Follows = handed.Follows;
        _followed = handed.Followed;
        _isClosing = handed.IsClosing;
        IsAwaiting = handed.IsAsker;
        Touch();
        if (handed.Output.Length > 0)
        {
            _output.Add(handed.Output);
        }

        if (!IsAwaiting)
        {
            Send();
        }
    }

    public ControlClientHandover HandOver(KeptDescriptors kept) => new(
        kept.Keep(socket),
        _requests.Content.ToArray(),
        _output.Rest(),
        Follows,
        _followed,
        _requests.HasEnded,
        _isClosing,
        IsAwaiting);

    /// <summary>Sends the reply that the client waits for.</summary>
    /// <param name="lines">Kept log lines to send with it; null = none.</param>
    public void Reply(ControlReply reply, byte[]? lines = null)
    {
        if (_isClosed || !IsAwaiting)
        {
            return;
        }

        IsAwaiting = false;
        Touch();
        _output.Add([.. ToLine(reply), .. lines ?? [], .. _newLines.Rest()]);
        Send();
    }

    public void OnReady(EpollEvents events)
    {
        if (events.HasFlag(EpollEvents.Writable))
        {
            Send();
        }
        else if (events.HasFlag(EpollEvents.Readable))
        {
            Receive();
        }
        else
        {
            Close(); // EPOLLHUP or EPOLLERR: the client has left
        }
    }

    /// <summary>A line was logged: sends it if the client follows the log.</summary>
    /// <param name="service">The service it is about; null for superd as a whole.</param>
    /// <param name="line">In UTF-8, with its newline.</param>
    public void Follow(string? service, byte[] line)
    {
        if (!Follows || _isClosed || (_followed is not null && _followed != service))
        {
            return;
        }

        if (IsAwaiting)
        {
            _newLines.AddOrDrop(line);
            return;
        }

        _output.AddOrDrop(line);
        Send();
    }

    public void Close()
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        _deadline?.Cancel();
        _turn?.Cancel();
        Unwatch();
        socket.Dispose();
        Follows = false;
        server.OnClosed(this);
    }

    private static byte[] ToLine(ControlReply reply) =>
        [.. JsonSerializer.SerializeToUtf8Bytes(reply, ControlJson.Line.ControlReply), (byte)'\n'];

    private void Receive()
    {
        // A `tail` client sends nothing more; its half-close must not stop the stream.
        SysResult read = Follows ? _requests.Discard(socket) : _requests.Receive(socket);
        if (!read.IsError)
        {
            AnswerNext();
        }
        else if (read.Errno != Errno.EAGAIN)
        {
            Close();
        }
    }

    /// <summary>Answers the first request in the buffer, if it is complete.</summary>
    private void AnswerNext()
    {
        _turn = null; // it has just run, or there was none: nothing is read while one is pending
        if (Follows)
        {
            Rewatch();
        }
        else if (_requests.TryPeek(out ReadOnlySpan<byte> request))
        {
            ControlReply? reply = Answer(request);
            _requests.Remove(request.Length);
            Touch();
            if (reply is null)
            {
                IsAwaiting = true;
                _deadline?.Cancel(); // the client waits for superd; its further requests wait too
                Rewatch();
                return;
            }

            _output.Add(ToLine(reply));
            Send();
        }
        else if (_requests.IsFull)
        {
            _isClosing = true; // there is no telling where the next request begins
            _output.Add(ToLine(ControlReply.Fail("bad_request", $"a request is one line of at most {RequestBuffer.Size} bytes")));
            Send();
        }
        else if (_requests.HasEnded)
        {
            Close();
        }
        else
        {
            Rewatch();
        }
    }

    /// <summary>Null when the answer comes later, by <see cref="Reply"/>.</summary>
    private ControlReply? Answer(ReadOnlySpan<byte> line)
    {
        ControlRequest? request;
        try
        {
            request = JsonSerializer.Deserialize(line, ControlJson.Line.ControlRequest);
        }
        catch (JsonException problem)
        {
            return ControlReply.Fail("bad_request", $"not a request, which is one JSON object: {OneLine(problem.Message)}");
        }

        request ??= new ControlRequest();
        if (page?.WhatIsDenied(request) is { } denied)
        {
            return ControlReply.Fail("denied", denied);
        }

        // A late reply may be ready before this returns; posting it lets this request leave the buffer first.
        ControlReply? reply = ControlCommands.Answer(
            request, server.Console, peer, late => loop.Post(() => Reply(late)));
        return reply is { Ok: true } && request.Command == ControlCommands.Tail ? BeginTail(request, reply) : reply;
    }

    /// <summary>Null when kept lines are wanted, which become text beside the loop; new lines wait until those are sent.</summary>
    private ControlReply? BeginTail(ControlRequest request, ControlReply reply)
    {
        IReadOnlyList<KeptLine> kept = request.Lines is null ? [] : server.KeptLines();
        if (request.Follow ?? request.Lines is null)
        {
            Follows = true;
            _followed = request.Service;
            server.SetTap();
        }

        if (request.Lines is not { } most)
        {
            return reply;
        }

        BesideLoop.Run("format kept log lines", () =>
        {
            (byte[] text, int count) = LogHistory.Format(kept, request.Service, most);
            loop.Post(() => Reply(reply with { Lines = count }, text));
        });
        return null;
    }

    /// <summary>The serializer's message without the name of our type, which means nothing to the client.</summary>
    private static string OneLine(string message) =>
        message.Split(" Path:", 2)[0].Replace(typeof(ControlRequest).FullName ?? string.Empty, "request", StringComparison.Ordinal);

    private void Send()
    {
        SysResult result = _output.Send(socket, out bool hasSent);
        if (hasSent)
        {
            Touch();
        }

        bool isDone = _output.IsEmpty && (_isClosing || (_requests is { HasEnded: true, IsEmpty: true } && !Follows));
        if (isDone || (result.IsError && result.Errno != Errno.EAGAIN))
        {
            Close();
            return;
        }

        if (_output.IsEmpty && Follows)
        {
            _deadline?.Cancel(); // it has read everything, and the next line may be a long time off
        }
        else if (_output.IsEmpty && !_requests.IsEmpty && !IsAwaiting)
        {
            _turn = loop.Schedule(TimeSpan.Zero, AnswerNext); // the next request is already here; other clients have their turn first
        }

        Rewatch();
    }

    private void Touch()
    {
        LastActiveMs = loop.NowMs;
        _deadline?.Cancel();
        _deadline = loop.Schedule(Patience, Close);
    }

    /// <summary>Reads nothing while a reply waits to be read, or a request for its turn, or after the client has ended its side.</summary>
    private void Rewatch()
    {
        EpollEvents wanted = !_output.IsEmpty ? EpollEvents.Writable
            : _requests.HasEnded || IsAwaiting || _turn is not null ? EpollEvents.None
            : EpollEvents.Readable;
        if (!_isWatched)
        {
            _isWatched = !loop.Watch(socket, wanted, this, out _watch).IsError;
            if (!_isWatched)
            {
                Close();
            }
        }
        else if (wanted != _watchedFor)
        {
            loop.Rewatch(socket, _watch, wanted);
        }

        _watchedFor = wanted;
    }

    private void Unwatch()
    {
        if (_isWatched)
        {
            _isWatched = false;
            loop.Unwatch(socket, _watch);
        }
    }
}
