using SuperD.Configuration;
using SuperD.Loop;

namespace SuperD.Services;

/// <summary>The places that admitted connections hold, and who waits for one. Loop only.</summary>
/// <remarks>
/// A connection waits in the kernel's queue while its service promises a queue and is full: its listeners pause. The few that were accepted while a
/// place was free, and found it taken when their PROXY header had arrived, wait here (<see cref="Latecomers"/>).
/// </remarks>
internal sealed class Places : Stage
{
    private readonly EventLoop _loop;
    private readonly IPlaceSink _sink;
    private readonly Dictionary<long, Connection> _admitted = [];
    private readonly HashSet<Service> _queueing = [];
    private readonly Latecomers _latecomers = new();
    private bool _isCrowded;

    /// <param name="most">See <see cref="Most"/>.</param>
    public Places(Stages stages, EventLoop loop, IPlaceSink sink, int? most)
        : base(stages)
    {
        _loop = loop;
        _sink = sink;
        Most = most;
    }

    /// <summary>Runs when a connection has taken its place, in this version of superd or in the last.</summary>
    public event Action<Connection>? Entered;

    /// <summary>Runs when a connection gives its place back.</summary>
    public event Action<Connection>? Left;

    /// <summary>Accepted connections that wait for a place.</summary>
    public override int Count => _latecomers.Count;

    /// <summary>The connections that have a place, in no order.</summary>
    public IReadOnlyCollection<Connection> Admitted => _admitted.Values;

    /// <summary>Places that superd has; null = unlimited. Key <c>max_handlers</c>.</summary>
    public int? Most { get; private set; }

    /// <summary>Whether superd has no place left.</summary>
    public bool IsCrowded => _admitted.Count >= Most;

    /// <summary>The id of the last connection, admitted or not.</summary>
    public long LastId { get; set; }

    /// <summary>The id of a new connection: 1 and up, never used twice in superd's life.</summary>
    public long NextId() => ++LastId;

    /// <summary>The connection of an id that has a place; null when there is none.</summary>
    public Connection? Find(long id) => _admitted.GetValueOrDefault(id);

    /// <summary>An admitted connection takes its place, until <see cref="Release"/>.</summary>
    public void Enter(Connection connection)
    {
        _loop.AssertOnLoop();
        connection.Service.Take();
        _admitted.Add(connection.Id, connection);
        Entered?.Invoke(connection);
        HoldOrResumeQueues();
        PauseIfFull(connection.Service);
    }

    /// <summary>The connection's place is free; <see cref="Resume"/> gives it to those who wait.</summary>
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

    /// <summary>A place of the service may be free: for those who wait here, then for those in the kernel's queue.</summary>
    public void Resume(Service service)
    {
        if (_latecomers.HasAny(service))
        {
            // Posted, so that many connections that end as soon as they are served do not recurse.
            _loop.Post(() => AdmitLatecomers(service));
        }
        else if (!service.IsFull)
        {
            _sink.Resume(service, PauseReasons.Busy);
        }
    }

    /// <summary>The service is new, or its definition is: sets whether its clients wait in the kernel's queue, and whether they do now.</summary>
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

    /// <summary>A reload has removed the service: who waits for it is refused.</summary>
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

    /// <summary>superd ends: those who wait here get no place any more.</summary>
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

    /// <summary>While superd has no place left, the clients of services that promise a queue wait in the kernel's.</summary>
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

/// <summary>What the places ask of the conductor: the listeners and the admission are other stages.</summary>
internal interface IPlaceSink
{
    /// <summary>The service's listeners leave their clients in the kernel's queue for this reason.</summary>
    void Pause(Service service, PauseReasons reason);

    /// <summary>Takes that reason back.</summary>
    void Resume(Service service, PauseReasons reason);

    /// <summary>Exactly these reasons of the service hold for its listeners.</summary>
    void SetPauses(Service service, PauseReasons reasons);

    /// <summary>A connection that has waited is to be admitted, or refused.</summary>
    void Admit(Connection connection);

    /// <summary>A connection that has waited gets no place.</summary>
    void RefuseForWantOfPlace(Connection connection);
}

/// <summary>See <see cref="Places"/>: accepted connections that wait for a place, in their order.</summary>
internal sealed record LatecomersHandover(IReadOnlyList<ConnectionHandover> Latecomers) : StageHandover;
