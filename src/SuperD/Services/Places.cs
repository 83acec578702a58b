using SuperD.Configuration;
using SuperD.Loop;

namespace SuperD.Services;

/// <summary>The places of admitted connections, and the connections that wait for one. Loop only.</summary>
/// <remarks>
/// If a service with a queue is full, its listeners pause, and new connections wait in the kernel's queue. The few for which a place was
/// free at accept but was taken before their PROXY header arrived wait here (<see cref="Latecomers"/>).
/// </remarks>
internal sealed class Places : Stage
{
    private readonly EventLoop _loop;
    private readonly IPlaceSink _sink;
    private readonly Dictionary<long, Connection> _admitted = [];
    private readonly HashSet<Service> _queueing = [];
    private readonly Latecomers _latecomers = new();
    private bool _isCrowded;

    /// <summary>Creates the places, all free.</summary>
    /// <param name="most">See <see cref="Most"/>.</param>
    public Places(Stages stages, EventLoop loop, IPlaceSink sink, int? most)
        : base(stages)
    {
        _loop = loop;
        _sink = sink;
        Most = most;
    }

    /// <summary>Raised when a connection has taken its place, in this version of superd or in the previous one.</summary>
    public event Action<Connection>? Entered;

    /// <summary>Raised when a connection releases its place.</summary>
    public event Action<Connection>? Left;

    /// <summary>How many accepted connections wait for a place.</summary>
    public override int Count => _latecomers.Count;

    /// <summary>The connections that have a place, in no particular order.</summary>
    public IReadOnlyCollection<Connection> Admitted => _admitted.Values;

    /// <summary>How many places superd has; null = unlimited. Key <c>max_handlers</c>.</summary>
    public int? Most { get; private set; }

    /// <summary>Whether superd has no place left.</summary>
    public bool IsCrowded => _admitted.Count >= Most;

    /// <summary>The id of the last connection, admitted or not.</summary>
    public long LastId { get; set; }

    /// <summary>Returns the id of a new connection: 1 or more, and unique, also across upgrades.</summary>
    public long NextId() => ++LastId;

    /// <summary>How many accepted connections wait for a place of a service.</summary>
    public int CountAwaiting(Service service) => _latecomers.CountOf(service);

    /// <summary>Returns the admitted connection with an id; null if there is none.</summary>
    public Connection? Find(long id) => _admitted.GetValueOrDefault(id);

    /// <summary>Takes a place for an admitted connection, until <see cref="Release"/>.</summary>
    public void Enter(Connection connection)
    {
        _loop.AssertOnLoop();
        connection.Service.Take();
        _admitted.Add(connection.Id, connection);
        Entered?.Invoke(connection);
        HoldOrResumeQueues();
        PauseIfFull(connection.Service);
    }

    /// <summary>Releases a connection's place; <see cref="Resume"/> gives it to a waiting one.</summary>
    public void Release(Connection connection)
    {
        _loop.AssertOnLoop();
        connection.Service.Release();
        _admitted.Remove(connection.Id);
        Left?.Invoke(connection);
        HoldOrResumeQueues();
    }

    /// <summary>Holds an accepted connection until its service has a place.</summary>
    public void Await(Connection connection) => _latecomers.Add(connection);

    /// <summary>
    /// Runs when a place of the service may be free: admits the connections that wait here, then those in the kernel's queue.
    /// </summary>
    public void Resume(Service service)
    {
        if (_latecomers.CountOf(service) > 0)
        {
            // Posted, so that many connections that end as soon as they are served do not recurse.
            _loop.Post(() => AdmitLatecomers(service));
        }
        else if (!service.IsFull)
        {
            _sink.Resume(service, PauseReasons.Busy);
        }
    }

    /// <summary>
    /// Runs for a new or changed definition: sets whether clients wait in the kernel's queue, and whether they do so now.
    /// </summary>
    public void SetQueueing(Service service)
    {
        bool queues = service.Definition.Wait || service.Definition.WhenFull == WhenFull.Queue;
        _ = queues ? _queueing.Add(service) : _queueing.Remove(service);
        _sink.SetPauses(
            service,
            (queues && service.IsFull ? PauseReasons.Busy : PauseReasons.None)
            | (queues && _isCrowded ? PauseReasons.Crowded : PauseReasons.None)
            | (service.Mode == ServiceMode.Paused ? PauseReasons.Operator : PauseReasons.None));
    }

    /// <summary>Runs when a reload removed the service: the connections that wait for it are refused.</summary>
    public void Remove(Service service)
    {
        _queueing.Remove(service);
        while (_latecomers.TryTake(service, out Connection? connection))
        {
            _sink.Admit(connection);
        }
    }

    public override void Succeed(ServerDefinition server)
    {
        Most = server.MaxHandlers;
        HoldOrResumeQueues();
    }

    /// <summary>Refuses, at shutdown, the connections that wait here.</summary>
    public override void EndAll()
    {
        foreach (Connection connection in _latecomers.TakeAll())
        {
            _sink.RefuseForWantOfPlace(connection);
        }
    }

    public override StageHandover HandOver(KeptDescriptors kept) =>
        new LatecomersHandover([.. _latecomers.All.Select(connection => ConnectionHandover.Of(connection, kept.Keep(connection.Socket)))]);

    public override bool TryInherit(StageHandover part, Inheritance inheritance)
    {
        if (part is not LatecomersHandover handed)
        {
            return false;
        }

        foreach (ConnectionHandover latecomer in handed.Latecomers)
        {
            if (inheritance.Take(latecomer.Socket) is { } socket)
            {
                Connection connection = inheritance.Restore(latecomer, socket);
                _latecomers.Add(connection);
                Resume(connection.Service);
            }
        }

        return true;
    }

    private void AdmitLatecomers(Service service)
    {
        while (!service.IsFull && _latecomers.TryTake(service, out Connection? next))
        {
            _sink.Admit(next);
        }

        if (!service.IsFull)
        {
            _sink.Resume(service, PauseReasons.Busy);
        }
    }

    private void PauseIfFull(Service service)
    {
        if (service.IsFull && service.Definition.WhenFull == WhenFull.Queue)
        {
            _sink.Pause(service, PauseReasons.Busy);
        }
    }

    /// <summary>Pauses or resumes the services with a queue when superd has no place left, or has one again.</summary>
    private void HoldOrResumeQueues()
    {
        if (IsCrowded == _isCrowded)
        {
            return;
        }

        _isCrowded = !_isCrowded;
        foreach (Service service in _queueing)
        {
            if (_isCrowded)
            {
                _sink.Pause(service, PauseReasons.Crowded);
            }
            else
            {
                _sink.Resume(service, PauseReasons.Crowded);
            }
        }
    }
}

/// <summary>What the places need from the conductor, because listeners and admission are other stages.</summary>
internal interface IPlaceSink
{
    /// <summary>Pauses the service's listeners for this reason: clients stay in the kernel's queue.</summary>
    void Pause(Service service, PauseReasons reason);

    /// <summary>Withdraws this reason.</summary>
    void Resume(Service service, PauseReasons reason);

    /// <summary>Sets exactly these reasons for the service's listeners.</summary>
    void SetPauses(Service service, PauseReasons reasons);

    /// <summary>Admits or refuses a connection that has waited.</summary>
    void Admit(Connection connection);

    /// <summary>Refuses a connection that has waited and gets no place.</summary>
    void RefuseForWantOfPlace(Connection connection);
}

/// <summary>The accepted connections that wait for a place, in order; see <see cref="Places"/>.</summary>
internal sealed record LatecomersHandover(IReadOnlyList<ConnectionHandover> Latecomers) : StageHandover;
