using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Control.Messages;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Control;

/// <summary>The console's socket: who may connect to it, and how many at once. Loop only.</summary>
/// <remarks>
/// The file's mode (0660) keeps strangers out. superd also asks the kernel for the user of each client, since a directory may have been
/// opened too wide. Nobody can lock others out by staying: the client that has been idle longest makes room for the next one. When the
/// socket cannot be bound (another superd with the same superd.toml ends slowly), superd tries again, and everything else continues.
/// </remarks>
internal sealed class ControlServer : Stage, IReadySource, IDisposable
{
    /// <summary>Clients at once: several people, some of them with <c>superd top</c> or <c>tail</c>, and scripts.</summary>
    public const int MaxClients = 32;

    private const int Backlog = 64;
    private const int Permissions = 0b110_110_000; // 0660

    /// <summary>While superd's page has a user of its own: superd knows its process, and refuses all others as ever.</summary>
    private const int PermissionsWithPage = 0b110_110_110;

    private const int AcceptBudget = 16;

    private static readonly TimeSpan s_firstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_lastRetry = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_pressurePause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_denialLogInterval = TimeSpan.FromSeconds(10);

    private readonly EventLoop _loop;
    private readonly IConsole _console;
    private readonly Func<int, Connection?> _pageOf;
    private readonly LogTap? _tap;
    private ControlDefinition _definition;
    private int _mode;
    private readonly string _configurationFile;
    private readonly ILogger _log;
    private readonly uint _ownUser = UnixSocket.OwnUserId;
    private readonly List<ControlClient> _clients = [];
    private Fd? _socket;
    private string _path = string.Empty;
    private FileIdentity _file;
    private WatchToken _watch;
    private bool _isWatched;
    private LoopTimer? _timer;
    private TimeSpan _retryDelay = s_firstRetry;
    private string? _problem; // why it could not be bound, as logged last
    private long? _denialLoggedMs;

    /// <param name="pageOf">The process of this pid, if it is one of superd's page.</param>
    /// <param name="tap">The source of the log for <c>tail</c>; null = none.</param>
    /// <param name="server">Its console. The name of the default socket depends on the file it was read from.</param>
    public ControlServer(
        Stages stages,
        EventLoop loop,
        IConsole console,
        Func<int, Connection?> pageOf,
        LogTap? tap,
        ServerDefinition server,
        ILogger log)
        : base(stages)
    {
        _loop = loop;
        _console = console;
        _pageOf = pageOf;
        _tap = tap;
        _definition = server.Control;
        _mode = ModeFor(server);
        _configurationFile = server.SourceFile;
        _log = log;
    }

    /// <summary>None: the end of superd waits for no client of the console.</summary>
    public override int Count => 0;

    /// <summary>The socket and its clients'.</summary>
    public override int Descriptors => _clients.Count + (_socket is null ? 0 : 1);

    internal IConsole Console => _console;

    /// <summary>Binds and begins to answer. When the socket cannot be bound now, tries again later, at growing intervals.</summary>
    public void Open()
    {
        _loop.AssertOnLoop();
        if (!_definition.Enabled || _socket is not null)
        {
            return;
        }

        string? problem = Bind();
        if (problem is not null)
        {
            if (problem != _problem)
            {
                _problem = problem; // it may last for as long as superd runs: in a container without a writable directory
                _log.ConsoleFailed(_path, problem);
            }

            _timer = _loop.Schedule(_retryDelay, Open);
            _retryDelay = TimeSpan.FromTicks(Math.Min(_retryDelay.Ticks * 2, s_lastRetry.Ticks));
            return;
        }

        _file = FileIdentity.Of(_path);
        _log.ConsoleOpen(_path);
        Watch();
    }

    /// <summary>A reload may have changed who may use the console: sets the owner and group of the socket file. Its place stays.</summary>
    /// <remarks>Clients that are no longer allowed may still connect, but get no answer other than that.</remarks>
    public override void Succeed(ServerDefinition server)
    {
        _loop.AssertOnLoop();
        ControlDefinition definition = server.Control;
        bool isFileOurs = _socket is not null && FileIdentity.Of(_path) == _file;
        if (isFileOurs
            && (_definition.Owner, _definition.Group) != (definition.Owner, definition.Group)
            && UnixSocket.SetOwner(_path, definition.Owner, definition.Group) is { IsError: true } failed)
        {
            _log.SocketFileKept("the console", _path, $"owner and group: {Errno.Describe(failed.Errno)}");
        }

        int mode = ModeFor(server);
        if (isFileOurs && mode != _mode && UnixSocket.SetMode(_path, mode) is { IsError: true } kept)
        {
            _log.SocketFileKept("the console", _path, $"permissions: {Errno.Describe(kept.Errno)}");
        }

        _definition = definition;
        _mode = mode;
    }

    /// <summary>The socket and the clients; null when there is no socket. A page connects again, and asks the next version.</summary>
    public override StageHandover? HandOver(KeptDescriptors kept) => _socket is null
        ? null
        : new ConsoleHandover(kept.Keep(_socket), _path, _file, HandOverClients(kept));

    private ControlClientHandover[] HandOverClients(KeptDescriptors kept) =>
        [.. _clients.Where(client => client.Page is null).Select(client => client.HandOver(kept))];

    /// <summary>Called before <see cref="Open"/>.</summary>
    public override bool TryInherit(StageHandover part, Inheritance inheritance)
    {
        if (part is not ConsoleHandover handed)
        {
            return false;
        }

        bool isSame = _definition.Enabled
            && (_definition.Socket is { } written
                ? written == handed.Path
                : ControlPlaces.Candidates(_configurationFile, _ownUser).Contains(handed.Path));
        _path = handed.Path;
        _file = handed.File;
        _socket = inheritance.Take(handed.Socket);
        if (!isSame)
        {
            CloseSocket();
        }
        else if (UnixSocket.SetOwner(_path, _definition.Owner, _definition.Group).IsError || UnixSocket.SetMode(_path, _mode).IsError)
        {
            CloseSocket(); // the file is gone; Open makes a new one
        }

        Watch();
        foreach (ControlClientHandover client in handed.Clients)
        {
            if (inheritance.Take(client.Socket) is { } socket)
            {
                Welcome(socket, UnixSocket.CredentialsOfPeer(socket), page: null).Inherit(client);
            }
        }

        SetTap();
        return true;
    }

    /// <summary>Sends the reply of a command that has taken time to the clients that wait for it.</summary>
    public void Reply(ControlReply reply)
    {
        foreach (ControlClient client in _clients.Where(client => client.IsAwaiting).ToArray())
        {
            client.Reply(reply);
        }
    }

    public void OnReady(EpollEvents events)
    {
        for (int budget = AcceptBudget; budget > 0; budget--)
        {
            SysResult result = TcpSocket.Accept(_socket!, out _); // watched = bound
            if (!result.IsError)
            {
                Welcome(new Fd(result.Value));
            }
            else if (result.Errno is Errno.EMFILE or Errno.ENFILE or Errno.ENOBUFS or Errno.ENOMEM)
            {
                Unwatch();
                _timer = _loop.Schedule(s_pressurePause, Watch);
                return;
            }
            else
            {
                return;
            }
        }
    }

    /// <summary>Closes everything, and removes the socket's file unless another superd has replaced it.</summary>
    public void Dispose()
    {
        _timer?.Cancel();
        foreach (ControlClient client in _clients.ToArray())
        {
            client.Close();
        }

        CloseSocket();
    }

    internal void OnClosed(ControlClient client)
    {
        _clients.Remove(client);
        SetTap();
    }

    /// <summary>A client has begun to follow the log, or has stopped.</summary>
    internal void SetTap()
    {
        if (_tap is not null)
        {
            _tap.Follower = _clients.Exists(client => client.Follows) ? OnLogged : null;
        }
    }

    /// <summary>The last lines of the log, oldest first.</summary>
    internal IReadOnlyList<KeptLine> KeptLines() => _tap?.History.Snapshot() ?? [];

    private void OnLogged(string? service, byte[] line) => _loop.Post(() =>
    {
        foreach (ControlClient client in _clients.ToArray())
        {
            client.Follow(service, line);
        }
    });

    private void Welcome(Fd socket)
    {
        PeerCredentials peer = UnixSocket.CredentialsOfPeer(socket);
        if (_pageOf(peer.ProcessId) is { } page)
        {
            ControlClient[] own = [.. _clients.Where(client => client.Page == page.Service)];
            if (own.Length == PageRight.MostClients)
            {
                own.MinBy(client => client.LastActiveMs)!.Close(); // never null: there are some
            }

            Welcome(socket, peer, new PageRight(page)).Start();
            return;
        }

        if (!IsAllowed(peer))
        {
            Deny(socket, peer, isConfined: false);
            return;
        }

        if (ConfinedChild.IsPeer(socket, peer.ProcessId))
        {
            Deny(socket, peer, isConfined: true);
            return;
        }

        Welcome(socket, peer, page: null).Start();
    }

    private ControlClient Welcome(Fd socket, PeerCredentials peer, PageRight? page)
    {
        if (_clients.Count == MaxClients)
        {
            _clients.MinBy(client => (client.IsBusy, client.LastActiveMs))!.Close(); // never null: there are MaxClients
        }

        var client = new ControlClient(this, _loop, socket, peer, page);
        _clients.Add(client);
        return client;
    }

    /// <summary>Closes the listening socket, and removes its file if it still is that socket's.</summary>
    private void CloseSocket()
    {
        Unwatch();
        if (_socket is not null && FileIdentity.Of(_path) == _file)
        {
            _ = UnixSocket.Unlink(_path);
        }

        _socket?.Dispose();
        _socket = null;
    }

    private static int ModeFor(ServerDefinition server) =>
        server.Enabled.Any(service => service is { Web: not null, Process.Credentials: not null }) ? PermissionsWithPage : Permissions;

    /// <summary>superd itself connects only when a redirect points at the console, and then on behalf of anybody.</summary>
    private bool IsAllowed(PeerCredentials peer) =>
        peer.ProcessId != Environment.ProcessId
        && (peer.UserId == 0
            || peer.UserId == _ownUser
            || peer.UserId == _definition.Owner
            || (_definition.Group is { } group && peer.IsInGroup(group)));

    private void Deny(Fd socket, PeerCredentials peer, bool isConfined)
    {
        _ = StreamSocket.Send(socket, isConfined ? ControlClient.DenialOfConfined : ControlClient.Denial, more: false);
        socket.Dispose();
        if (_denialLoggedMs is not { } logged || _loop.NowMs - logged >= (long)s_denialLogInterval.TotalMilliseconds)
        {
            _denialLoggedMs = _loop.NowMs;
            if (peer.ProcessId == Environment.ProcessId)
            {
                _log.ConsoleRelayed(_path);
            }
            else if (isConfined)
            {
                _log.ConsoleConfined(peer.UserId, peer.ProcessId);
            }
            else
            {
                _log.ConsoleDenied(peer.UserId, peer.ProcessId);
            }
        }
    }

    /// <summary>Null, or why the socket cannot be bound.</summary>
    private string? Bind()
    {
        if (_definition.Socket is { } written)
        {
            _path = written;
            return BindAt(written);
        }

        var problems = new List<string>();
        foreach (string candidate in ControlPlaces.Candidates(_configurationFile, _ownUser))
        {
            _path = candidate;
            string? problem = ControlPaths.Prepare(candidate, _ownUser) ?? BindAt(candidate);
            if (problem is null)
            {
                return null;
            }

            problems.Add($"{candidate}: {problem}");
        }

        return string.Join("; ", problems);
    }

    private string? BindAt(string path)
    {
        if (SocketPlace.Examine(path, new HashSet<uint> { 0, _ownUser }, _ownUser) is { } others)
        {
            return others;
        }

        SysResult result = TryListen(path);
        if (result.Errno == Errno.EADDRINUSE)
        {
            FileIdentity before = FileIdentity.Of(path);
            bool isThere = FileStatus.TryRead(path, followLinks: false, out FileStatus status) == 0;
            if (isThere && status.Kind != FileKind.Socket)
            {
                return $"{FileWords.Of(status.Kind)} of that name is there; remove it, or choose another control.socket";
            }

            // A superd that was killed leaves its file behind: connecting is refused then.
            if (UnixSocket.Probe(path).Errno != Errno.ECONNREFUSED)
            {
                return isThere && status.UserId != _ownUser && status.UserId != _definition.Owner
                    ? $"a process of uid {status.UserId} listens there; end it, or choose another control.socket"
                    : "another superd answers there";
            }

            // Another superd may have found it stale too, and may have replaced it with its own by now.
            _ = FileIdentity.Of(path) == before ? UnixSocket.Unlink(path) : SysResult.Ok();
            result = TryListen(path);
        }

        return result.IsError ? Errno.Describe(result.Errno) : null;
    }

    /// <summary>Nobody can connect before listen(2), so owner and mode protect it from the first client on.</summary>
    private SysResult TryListen(string path)
    {
        SysResult result = UnixSocket.Bind(path, Permissions, out Fd? bound);
        if (bound is null)
        {
            return result;
        }

        result = UnixSocket.SetOwner(path, _definition.Owner, _definition.Group);
        result = result.IsError ? result : UnixSocket.SetMode(path, _mode);
        result = result.IsError ? result : UnixSocket.Listen(bound, Backlog);
        if (result.IsError)
        {
            _ = UnixSocket.Unlink(path);
            bound.Dispose();
            return result;
        }

        _socket = bound;
        return SysResult.Ok();
    }

    private void Watch()
    {
        _isWatched = _socket is not null && !_loop.Watch(_socket, EpollEvents.Readable, this, out _watch).IsError;
        if (_socket is not null && !_isWatched)
        {
            _timer = _loop.Schedule(s_pressurePause, Watch);
        }
    }

    private void Unwatch()
    {
        if (_isWatched)
        {
            _isWatched = false;
            _loop.Unwatch(_socket!, _watch); // watched = bound
        }
    }
}
