using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Listening;

/// <summary>A Unix-domain stream socket: a file, which superd makes and removes, or a name of the abstract namespace. Loop only.</summary>
/// <remarks>
/// superd removes an existing file only when it is a socket that no process holds any more (left by a server that was killed). Anything
/// else may be in use: it stays, and superd tries again later, as with a port in use. At the end superd removes the file only if it is
/// still the one that superd made.
/// </remarks>
internal sealed class UnixListener(EventLoop loop, Service service, ListenAddress address, IConnectionSink sink, ILogger log)
    : StreamListener(loop, service, address, sink, log)
{
    private readonly string _name = address.UnixName ?? throw new ArgumentException("not a Unix-domain address", nameof(address));

    /// <summary>The file that superd made; none for an abstract name.</summary>
    private FileIdentity _file;

    public override ListenerKind Kind => ListenerKind.Unix;

    public override void Close()
    {
        RemoveFile();
        base.Close();
    }

    protected override ListenerHandover Complete(ListenerHandover handover, KeptDescriptors kept) =>
        base.Complete(handover, kept) with { File = _file == default ? null : _file };

    protected override void Restore(ListenerHandover handed)
    {
        base.Restore(handed);
        _file = handed.File ?? default;
    }

    protected override BindProblem? Bind(ServiceDefinition definition, out Fd? socket)
    {
        bool hasFile = !UnixSocket.IsAbstract(_name);
        socket = null;
        if (hasFile && RemoveStaleFile() is { } obstacle)
        {
            return obstacle;
        }

        SysResult result = UnixSocket.Bind(_name, definition.SocketMode, out Fd? bound);
        if (bound is null)
        {
            return result.Errno == Errno.ENOENT
                ? new BindProblem($"the directory {Path.GetDirectoryName(_name)} does not exist; create it")
                : BindProblem.Of(result);
        }

        if (hasFile)
        {
            _file = FileIdentity.Of(_name);
        }

        string? problem = hasFile ? SetOwnerAndMode(definition) : null;
        if (problem is null)
        {
            result = UnixSocket.Listen(bound, definition.Backlog);
            problem = result.IsError ? $"listen: {Errno.Describe(result.Errno)}" : null;
        }

        if (problem is null)
        {
            socket = bound;
            return null;
        }

        RemoveFile();
        bound.Dispose();
        return new BindProblem(problem);
    }

    protected override void Retune(Fd socket, ServiceDefinition before, ServiceDefinition now)
    {
        // If somebody has put another file in its place, superd must not change that one's owner or mode.
        bool isOwn = _file != default && FileIdentity.Of(_name) == _file;
        bool isChanged = before.SocketMode != now.SocketMode || before.SocketOwner != now.SocketOwner;
        if (isOwn && isChanged && SetOwnerAndMode(now) is { } problem)
        {
            Log.SocketFileKept(now.Name, _name, problem);
        }

        if (before.Backlog != now.Backlog)
        {
            _ = UnixSocket.Listen(socket, now.Backlog); // cannot fail for a socket that listens already
        }
    }

    protected override SysResult Accept(Fd socket, out Fd? accepted, out Peer peer)
    {
        SysResult result = TcpSocket.Accept(socket, out _);
        accepted = result.IsError ? null : new Fd(result.Value);
        peer = accepted is null ? default : new Peer(UnixSocket.CredentialsOfPeer(accepted));
        return result;
    }

    protected override Func<WaitingQueue?> QueueReader() => () => WaitingClients.AtUnixSocket(_name);

    /// <summary>Called before the socket is closed: while it is open, no other file can have the same identity.</summary>
    private void RemoveFile()
    {
        if (_file != default && FileIdentity.Of(_name) == _file)
        {
            _ = UnixSocket.Unlink(_name);
        }

        _file = default;
    }

    /// <summary>Null when nothing is in the way; or else what is.</summary>
    private BindProblem? RemoveStaleFile()
    {
        FileIdentity before = FileIdentity.Of(_name);
        int errno = FileStatus.TryRead(_name, followLinks: false, out FileStatus status);
        if (errno != 0)
        {
            // Nothing is there, or it cannot be seen: bind will report what is wrong.
            return null;
        }

        if (status.Kind != FileKind.Socket)
        {
            return new BindProblem(
                $"{_name} is {FileWords.Of(status.Kind)}, which superd does not touch; remove it, or choose another path");
        }

        SysResult probe = UnixSocket.Probe(_name);
        if (probe.Errno is 0 or Errno.EPROTOTYPE)
        {
            return new BindProblem($"another process listens at {_name}; end it, or choose another path", IsInUse: true);
        }

        if (probe.Errno != Errno.ECONNREFUSED)
        {
            return new BindProblem(
                $"a socket is at {_name}, and it cannot be told whether a process listens there: {Errno.Describe(probe.Errno)}; "
                + "remove it, or choose another path");
        }

        // Another superd may have found it stale too, and may have replaced it with its own by now.
        SysResult unlink = FileIdentity.Of(_name) == before ? UnixSocket.Unlink(_name) : SysResult.Ok();
        return unlink.IsError ? new BindProblem($"remove {_name}, which nobody listens at: {Errno.Describe(unlink.Errno)}") : null;
    }

    /// <summary>Called before listen(2), so before anybody can connect. Null, or what went wrong.</summary>
    private string? SetOwnerAndMode(ServiceDefinition definition)
    {
        if (definition.SocketOwner is { } owner)
        {
            SysResult result = UnixSocket.SetOwner(_name, owner.UserId, owner.GroupId);
            if (result.IsError)
            {
                return $"socket_owner: {Errno.Describe(result.Errno)}";
            }
        }

        // bind(2) applied the umask.
        SysResult mode = UnixSocket.SetMode(_name, definition.SocketMode);
        return mode.IsError ? $"socket_mode: {Errno.Describe(mode.Errno)}" : null;
    }
}
