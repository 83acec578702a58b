using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using SuperD.Control.Messages;
using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Control;

/// <summary>One client of the console: a request on a line, its reply on a line, and so on; or the log, after <c>tail</c>. Loop only.</summary>
/// <remarks>
/// What it can cost is bounded: one buffer for a request, one reply that is built when the one before has been taken, one request a
/// turn of the loop, and for the log a bounded heap of lines, beyond which they are counted instead. Whoever neither asks nor takes
/// what he asked for within <see cref="Patience"/> is closed; to send a request byte by byte gains no time.
/// </remarks>
internal sealed class ControlClient(ControlServer server, EventLoop loop, Fd socket, PeerCredentials peer) : IReadySource
{
    /// <summary>Longest request, its newline included.</summary>
    public const int MaxRequestBytes = 4096;

    /// <summary>Bytes of log lines that wait for a follower who is slow.</summary>
    public const int MaxWaitingBytes = 256 * 1024;

    /// <summary>How long a client may stand without asking, or without taking its reply.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The answer to a user who may not ask.</summary>
    public static readonly byte[] Denial = ToLine(ControlReply.Fail(
        "denied", "you may not use this console: root may, superd's own user, and the members of control.group in superd.toml"));

    private readonly byte[] _request = new byte[MaxRequestBytes];
    private readonly Queue<byte[]> _output = new();
    private int _requestLength;
    private int _sent;
    private int _waitingBytes;
    private long _droppedLines;
    private string? _followed;
    private WatchToken _watch;
    private EpollEvents _watchedFor;
    private bool _isWatched;
    private LoopTimer? _deadline;
    private LoopTimer? _turn;
    private bool _hasEnded;
    private bool _isClosing;
    private bool _isClosed;

    /// <summary>Whether it gets the log.</summary>
    public bool Follows { get; private set; }

    /// <summary>Whether somebody is likely to wait at its other end.</summary>
    public bool IsBusy => Follows || IsAwaiting || _output.Count > 0;

    /// <summary>When it last asked or took something.</summary>
    public long LastActiveMs { get; private set; }

    /// <summary>Whether it waits for an answer that takes its time.</summary>
    public bool IsAwaiting { get; private set; }

    /// <summary>Begins to listen to it.</summary>
    public void Start()
    {
        Touch();
        Rewatch();
    }

    /// <summary>Goes on where superd's last version was.</summary>
    public void Inherit(ControlClientHandover handed)
    {
        _requestLength = Math.Min(handed.Request.Length, MaxRequestBytes);
        handed.Request.AsSpan(0, _requestLength).CopyTo(_request);
        Follows = handed.Follows;
        _followed = handed.Followed;
        _hasEnded = handed.HasEnded;
        _isClosing = handed.IsClosing;
        IsAwaiting = handed.IsAsker;
        Touch();
        if (handed.Output.Length > 0)
        {
            Add(handed.Output);
        }

        if (!IsAwaiting)
        {
            Send();
        }
    }

    public ControlClientHandover HandOver(KeptDescriptors kept) => new(
        kept.Keep(socket),
        _request[.._requestLength],
        [.. _output.SelectMany(line => line).Skip(_sent), .. _droppedLines > 0 ? LossLine() : []],
        Follows,
        _followed,
        _hasEnded,
        _isClosing,
        IsAwaiting);

    /// <summary>The answer it has waited for.</summary>
    public void Reply(ControlReply reply)
    {
        if (_isClosed || !IsAwaiting)
        {
            return;
        }

        IsAwaiting = false;
        Touch();
        Add(ToLine(reply));
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
            Close(); // EPOLLHUP, EPOLLERR: it is gone
        }
    }

    /// <summary>A line was logged.</summary>
    /// <param name="service">The service it is about; null for superd as a whole.</param>
    /// <param name="line">In UTF-8, with its end.</param>
    public void Follow(string? service, byte[] line)
    {
        if (!Follows || _isClosed || (_followed is not null && _followed != service))
        {
            return;
        }

        if (_waitingBytes > MaxWaitingBytes || _droppedLines > 0)
        {
            _droppedLines++;
            return;
        }

        Add(line);
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

    private static byte[] ToLine(ControlReply reply) => [.. JsonSerializer.SerializeToUtf8Bytes(reply, ControlJson.Line.ControlReply), (byte)'\n'];

    private byte[] LossLine() => Encoding.UTF8.GetBytes($"{{\"dropped\":{_droppedLines}}}\n");

    private void Receive()
    {
        if (Follows)
        {
            Discard();
            return;
        }

        SysResult read = StreamSocket.Receive(socket, _request.AsSpan(_requestLength));
        if (read.IsError)
        {
            if (read.Errno != Errno.EAGAIN)
            {
                Close();
            }

            return;
        }

        _hasEnded = read.Value == 0;
        _requestLength += read.Value;
        AnswerNext();
    }

    /// <summary>Who follows the log has no more to say; his end of sending does not end his reading.</summary>
    private void Discard()
    {
        SysResult read = StreamSocket.Receive(socket, _request);
        _hasEnded |= read.Value == 0;
        if (read.IsError && read.Errno != Errno.EAGAIN)
        {
            Close();
            return;
        }

        Rewatch();
    }

    /// <summary>Answers the first request in the buffer, if there is a whole one.</summary>
    private void AnswerNext()
    {
        _turn = null; // it has run, or there was none: while one is pending nothing is read
        int end = _request.AsSpan(0, _requestLength).IndexOf((byte)'\n');
        if (end < 0 && _hasEnded && _requestLength > 0)
        {
            end = _requestLength; // the last line needs no newline
        }

        if (end >= 0)
        {
            ReadOnlySpan<byte> line = _request.AsSpan(0, end);
            ControlReply? reply = Answer(line);
            int next = Math.Min(end + 1, _requestLength);
            _request.AsSpan(next, _requestLength - next).CopyTo(_request);
            _requestLength -= next;
            Touch();
            if (reply is null)
            {
                IsAwaiting = true;
                _deadline?.Cancel(); // it is superd that is waited for; whatever else the client has sent waits too
                Rewatch();
                return;
            }

            Add(ToLine(reply));
            Send();
        }
        else if (_requestLength == MaxRequestBytes)
        {
            _isClosing = true; // where the next request begins is not known
            Add(ToLine(ControlReply.Fail("bad_request", $"a request is one line of at most {MaxRequestBytes} bytes")));
            Send();
        }
        else if (_hasEnded)
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

        // A late reply may be there at once: it goes out when this request is out of the buffer.
        ControlReply? reply = ControlCommands.Answer(request ?? new ControlRequest(), server.Console, peer, late => loop.Post(() => Reply(late)));
        if (reply is { Ok: true } && request?.Command == ControlCommands.Tail)
        {
            Follows = true;
            _followed = request.Service;
            server.SetTap();
        }

        return reply;
    }

    /// <summary>The serializer's words without the name of our type, which is nobody's business.</summary>
    private static string OneLine(string message) => message.Split(" Path:", 2)[0].Replace(typeof(ControlRequest).FullName ?? string.Empty, "request", StringComparison.Ordinal);

    private void Add(byte[] line)
    {
        _output.Enqueue(line);
        _waitingBytes += line.Length;
    }

    private void Send()
    {
        while (HasOutput(out byte[]? line))
        {
            SysResult result = StreamSocket.Send(socket, line.AsSpan(_sent), more: false);
            if (result.IsError)
            {
                if (result.Errno != Errno.EAGAIN)
                {
                    Close();
                    return;
                }

                break;
            }

            Touch();
            _sent += result.Value;
            if (_sent == line.Length)
            {
                _output.Dequeue();
                _waitingBytes -= line.Length;
                _sent = 0;
            }
        }

        if (_output.Count == 0 && (_isClosing || (_hasEnded && !Follows && _requestLength == 0)))
        {
            Close();
            return;
        }

        if (_output.Count == 0 && Follows)
        {
            _deadline?.Cancel(); // he takes what comes, and nothing has to
        }

        if (_output.Count == 0 && _requestLength > 0 && !Follows && !IsAwaiting)
        {
            _turn = loop.Schedule(TimeSpan.Zero, AnswerNext); // the next request is here already; others have their turn first
        }

        Rewatch();
    }

    /// <summary>The next line to send. Once lines had to be dropped, what waited before them goes first and then their number; only after that the next line.</summary>
    private bool HasOutput([NotNullWhen(true)] out byte[]? line)
    {
        if (_output.Count == 0 && _droppedLines > 0)
        {
            Add(LossLine());
            _droppedLines = 0;
        }

        return _output.TryPeek(out line);
    }

    private void Touch()
    {
        LastActiveMs = loop.NowMs;
        _deadline?.Cancel();
        _deadline = loop.Schedule(Patience, Close);
    }

    /// <summary>While a reply waits to be taken, or a request for its turn, nothing more is read; after the end there is nothing more to read.</summary>
    private void Rewatch()
    {
        EpollEvents wanted = _output.Count > 0 ? EpollEvents.Writable
            : _hasEnded || IsAwaiting || _turn is not null ? EpollEvents.None
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
