using SuperD.Admission;
using SuperD.Configuration;
using SuperD.Control.Messages;
using SuperD.Linux;
using SuperD.Listening;
using SuperD.Logging;
using SuperD.ProxyProtocol;
using SuperD.Reaping;
using SuperD.Relaying;
using SuperD.Conversing;
using SuperD.Ending;
using SuperD.Services;
using SuperD.Upgrading;

namespace SuperD;

/// <summary>The part of the story in which superd goes on with what its last version has left, before anything else happens.</summary>
/// <remarks>
/// Connections go on under the definition they began with, as far as that still matters to them; those of services that the present
/// configuration does not have go on under its name, which takes no new ones.
/// </remarks>
internal sealed partial class SuperServer
{
    /// <summary>What a connection has whose own socket superd has no more.</summary>
    private static readonly Fd s_closed = new(-1);

    private HandedListeners? HandedListenersFor(IReadOnlyCollection<ServiceDefinition> enabled) =>
        _upgrade?.Last is { } last ? new HandedListeners(last.Handover.Listeners, last.Descriptors, enabled) : null;

    /// <summary>Goes on with all that lives; the listeners are open, and the loop does not run yet.</summary>
    private void TakeOver()
    {
        if (_upgrade?.Last is not { } last)
        {
            _startedMs = _loop.NowMs;
            return;
        }

        Handover handover = last.Handover;
        _startedMs = handover.StartedMs;
        _lastConnectionId = handover.LastConnectionId;
        foreach (ServiceHandover service in handover.Services.Where(service => _services.ContainsKey(service.Name)))
        {
            TakeOver(service);
        }

        _access.TakeOver(handover.Admission);
        if (last.Descriptors.Take(handover.SocketEvents) is { } events)
        {
            _released.TakeOver(events);
        }

        Dictionary<long, Connection> byId = TakeOverHandlers(handover, last.Descriptors);
        _released.CatchUp();
        foreach (ListenerHandover listener in handover.Listeners)
        {
            (_listeners.SuccessorOf(listener) as PeerListener)?.TakeOverPeers(listener.Peers ?? [], last.Descriptors, byId.GetValueOrDefault);
        }

        foreach (DrainHandover drain in handover.Closes)
        {
            if (last.Descriptors.Take(drain.Socket) is { } socket)
            {
                _closes.TakeOver(drain, socket);
            }
        }

        TakeOverClients(handover, last.Descriptors);
        foreach (Service service in _services.Values.Where(service => service.IsFull && service.Definition.WhenFull == WhenFull.Queue))
        {
            _listeners.Pause(service, PauseReasons.Busy);
        }

        if (handover.Console is { } console)
        {
            _control.TakeOver(console, last.Descriptors);
        }
    }

    /// <summary>All is open: says so. After an upgrade, closes what nobody wanted.</summary>
    private void BeginServing()
    {
        if (_upgrade?.Last is not { } last)
        {
            TellWhenReady();
            return;
        }

        RemoveFilesOf(last.Handover.Listeners.Where(listener => _listeners.SuccessorOf(listener) is null));
        _ = last.Descriptors.CloseRest();
        var state = new UpgradeState(
            s_version,
            last.Handover.Version,
            Environment.ProcessId,
            last.Handover.Listeners.Count,
            _services.Values.Concat(_removed.Values).Sum(service => service.LiveHandlers) + _headers.Count + _latecomers.Count,
            _loop.NowMs - last.Handover.BegunMs);
        _log.Upgraded(state.Version, state.LastVersion, state.Listeners, state.Connections, state.PauseMs);
        _control.Reply(new ControlReply { Upgrade = state });
        TellManagerReady();
    }

    private void TakeOver(ServiceHandover handed)
    {
        Service service = _services[handed.Name];
        service.Counters.TakeOver(handed.Counters);
        service.Mode = handed.Mode;
        if (handed.Mode == ServiceMode.Paused)
        {
            _listeners.Pause(service, PauseReasons.Operator);
        }
    }

    private Dictionary<long, Connection> TakeOverHandlers(Handover handover, InheritedDescriptors descriptors)
    {
        var byId = new Dictionary<long, Connection>();
        Dictionary<int, Listener> lenders = [];
        foreach (ListenerHandover listener in handover.Listeners)
        {
            if (_listeners.SuccessorOf(listener) is { } successor)
            {
                lenders[listener.Socket] = successor;
            }
        }

        foreach (HandlerHandover handed in handover.Handlers)
        {
            Fd? pidfd = descriptors.Take(handed.Pidfd);
            if (pidfd is null && handed.End is null)
            {
                continue; // the file of memory is superd's own: this cannot be
            }

            Fd? socket = descriptors.Take(handed.Connection.Socket);
            Connection connection = TakeOver(handed.Connection, socket);
            EnterAgain(connection);
            byId[connection.Id] = connection;
            if (handed.LentBy is { } number && lenders.TryGetValue(number, out Listener? lender))
            {
                _lent.Add(connection, lender);
            }

            TakeOver(handed, connection, pidfd, socket is not null, descriptors);
        }

        return byId;
    }

    private void TakeOver(HandlerHandover handed, Connection connection, Fd? pidfd, bool keepsSocket, InheritedDescriptors descriptors)
    {
        var handler = new Handler(connection, handed.Pid, pidfd ?? s_closed, handed.StartedMs)
        {
            Definition = handed.Terms.Over(connection.Service.Definition),
            KeepsSocket = keepsSocket,
            EndReason = handed.EndReason,
            Orphans = handed.Orphans,
            Released = handed.Released?.ToIdentity(),
            Traffic = handed.Traffic,
            End = handed.End is { } end
                ? new HandlerEnd(new ExitStatus(end.Code, end.Signal), new ResourceUsage(end.CpuTime, end.PeakMemoryKiB), end.DurationMs)
                : null,
        };
        Fd? stderr = handler.IsReaped ? null : descriptors.Take(handed.Stderr?.Pipe);
        _shared.Add(handler, connection.Socket, stderr);
        if (handler is { Released: not null, Traffic: null })
        {
            _released.Add(handler);
        }

        _trees.TakeOver(handler, handed.Connection.Cgroup);
        if (!handler.IsReaped)
        {
            _reaper.TakeOver(handler, stderr, handed.Stderr);
            _watch.Add(handler);
        }

        _ender.TakeOver(handler, handed.KillMs, handed.IsKilled);
    }

    /// <summary>Clients that have no process: those who wait, and those superd itself talks with or relays.</summary>
    private void TakeOverClients(Handover handover, InheritedDescriptors descriptors)
    {
        foreach (RelayHandover relay in handover.Relays)
        {
            if (descriptors.Take(relay.Connection.Socket) is not { } socket)
            {
                continue;
            }

            Connection connection = TakeOver(relay.Connection, socket);
            EnterAgain(connection);
            Fd? backend = descriptors.Take(relay.Relayed?.Backend);
            if (backend is null && connection.Service.Definition.Redirect is null)
            {
                OnBackendFailed(connection, "the service redirects no more");
            }
            else
            {
                _relays.TakeOver(relay, connection, backend);
            }
        }

        foreach (ConnectionHandover latecomer in handover.Latecomers)
        {
            if (descriptors.Take(latecomer.Socket) is { } socket)
            {
                Connection connection = TakeOver(latecomer, socket);
                _latecomers.Add(connection);
                ResumeService(connection.Service);
            }
        }

        foreach (HeaderHandover header in handover.Headers)
        {
            if (descriptors.Take(header.Connection.Socket) is { } socket)
            {
                _headers.Read(TakeOver(header.Connection, socket), TimeSpan.FromMilliseconds(Math.Max(0, header.DueMs - _loop.NowMs)));
            }
        }

        foreach (DialogueHandover dialogue in handover.Dialogues)
        {
            if (descriptors.Take(dialogue.Connection.Socket) is { } socket)
            {
                Connection connection = TakeOver(dialogue.Connection, socket);
                if (dialogue.Kind != DialogueKind.TurnAway)
                {
                    EnterAgain(connection);
                }

                _conversations.TakeOver(dialogue, connection);
            }
        }
    }

    private Connection TakeOver(ConnectionHandover handed, Fd? socket) =>
        handed.ToConnection(_services.TryGetValue(handed.Service, out Service? service) ? service : Retired(handed.Service), socket ?? s_closed, _loop.Time.GetTimestamp());

    /// <summary>Its place was taken in superd's last version.</summary>
    private void EnterAgain(Connection connection)
    {
        connection.Service.Take();
        _access.EnterAgain(connection);
        HoldOrResumeQueues();
    }

    /// <summary>A service the present configuration does not have, for those connections of it that live.</summary>
    private Service Retired(string name)
    {
        if (!_removed.TryGetValue(name, out Service? service))
        {
            service = new Service(ServiceDefinition.Retired(name)) { Mode = ServiceMode.Removed };
            _removed.Add(name, service);
        }

        return service;
    }

    private static void RemoveFilesOf(IEnumerable<ListenerHandover> listeners)
    {
        foreach (ListenerHandover listener in listeners)
        {
            if (listener is { File: { } file, BoundTo.UnixName: { } name } && FileIdentity.Of(name) == file)
            {
                _ = UnixSocket.Unlink(name);
            }
        }
    }
}
