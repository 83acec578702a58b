using System.Collections.Immutable;
using SuperD.Configuration;

namespace SuperD.Services;

/// <summary>
/// The services by name: those in force, and those a reload removed while their last connections continue or their files are still there.
/// Loop only.
/// </summary>
internal sealed class ServiceTable : Stage
{
    private readonly SortedList<string, Service> _services = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Service> _removed = new(StringComparer.Ordinal);

    /// <summary>Creates an empty table.</summary>
    /// <param name="definition">The configuration in force.</param>
    public ServiceTable(Stages stages, ServerDefinition definition)
        : base(stages) => Definition = definition;

    /// <summary>The configuration in force.</summary>
    public ServerDefinition Definition { get; private set; }

    /// <summary>The services that are known from their files and not served, in the order of their names.</summary>
    public ImmutableArray<UnservedService> Unserved { get; private set; } = [];

    /// <summary>The last reload, if it has failed; null if the configuration in force is what was read last.</summary>
    public RefusedReading? Refused { get; private set; }

    /// <summary>The mode of services that a reload or an upgrade adds: as that of all others, when superd is drained as a whole.</summary>
    public ServiceMode ModeOfNew { get; set; }

    /// <summary>0: the stages that serve connections count them.</summary>
    public override int Count => 0;

    /// <summary>The services in force, ordered by name.</summary>
    public IList<Service> All => _services.Values;

    /// <summary>How many connections of all services, including removed ones, have a place.</summary>
    public int LiveConnections => All.Concat(_removed.Values).Sum(service => service.LiveHandlers);

    /// <summary>A service in force; throws if there is none of that name.</summary>
    public Service this[string name] => _services[name];

    /// <summary>A service in force; null if there is none of that name.</summary>
    public Service? Find(string name) => _services.GetValueOrDefault(name);

    /// <summary>
    /// A service that was in force and has connections still, or counts that are continued if its file enables it again; null if there is
    /// none of that name.
    /// </summary>
    public Service? FindRemoved(string name) => _removed.GetValueOrDefault(name);

    /// <summary>A service that is known from its file and not served; null if there is none of that name.</summary>
    public UnservedService? FindUnserved(string name)
    {
        foreach (UnservedService service in Unserved)
        {
            if (service.Name == name)
            {
                return service;
            }
        }

        return null;
    }

    /// <summary>
    /// Puts a service into force, at the start or in a reload. A removed service that returns keeps counting its connections.
    /// </summary>
    public void Add(Service service, ServiceDefinition definition)
    {
        if (_removed.Remove(service.Name))
        {
            service.Redefine(definition);
        }

        service.Mode = definition.IsReport ? ServiceMode.Open : ModeOfNew;
        _services.Add(service.Name, service);
    }

    /// <summary>Removes a service in a reload: it accepts no more connections, and those it has continue.</summary>
    public void Remove(Service service)
    {
        service.Mode = ServiceMode.Removed;
        _services.Remove(service.Name);
        _removed.Add(service.Name, service);
        Forget(service);
    }

    /// <summary>Runs when a connection of the service has ended: a removed service may be forgotten with its last connection.</summary>
    public void OnReleased(Service service) => Forget(service);

    /// <summary>Returns a service in force, or one that accepts nothing, for connections that the previous version has left.</summary>
    public Service GetOrRetire(string name)
    {
        if (Find(name) is { } inForce)
        {
            return inForce;
        }

        if (!_removed.TryGetValue(name, out Service? service))
        {
            service = new Service(ServiceDefinition.Retired(name)) { Mode = ServiceMode.Removed };
            _removed.Add(name, service);
        }

        return service;
    }

    public override void Succeed(ServerDefinition server)
    {
        Definition = server;
        Refused = null;
        Unserved = UnservedService.Find(server.Services.Where(service => !service.Enabled), server.Broken, isServed: _ => false);
        Array.ForEach([.. _removed.Values], Forget);
    }

    /// <summary>A reload has failed: everything is served as before, but more is known of the files.</summary>
    /// <param name="read">The services whose files are good; null if that is not known.</param>
    public void Refuse(RefusedReading reading, ImmutableArray<ServiceDefinition>? read)
    {
        Refused = reading;
        Unserved = UnservedService.Find(
            read ?? Definition.Services.Where(service => !service.Enabled),
            read is null ? [.. Definition.Broken, .. reading.Broken] : reading.Broken,
            isServed: name => Find(name) is not null);
    }

    public override StageHandover HandOver(KeptDescriptors kept) => new ServicesHandover(
        [
            .. All.Concat(_removed.Values).Select(service => new ServiceHandover
            {
                Name = service.Name,
                Mode = service.Mode,
                Counters = service.Counters.HandOver(),
                Ends = service.Ends?.HandOver(),
                LastFailure = service.LastFailure,
            }),
        ],
        ModeOfNew);

    public override bool TryInherit(StageHandover part, Inheritance inheritance)
    {
        if (part is not ServicesHandover handed)
        {
            return false;
        }

        ModeOfNew = handed.ModeOfNew;
        foreach (Service service in All)
        {
            service.Mode = service.Definition.IsReport ? ServiceMode.Open : ModeOfNew; // those that were there before have their own
        }

        foreach (ServiceHandover each in handed.Services)
        {
            if ((Find(each.Name) ?? (FindUnserved(each.Name) is not null ? GetOrRetire(each.Name) : null)) is { } service)
            {
                service.Counters.Inherit(each.Counters);
                if (service.Mode != ServiceMode.Removed && each.Mode != ServiceMode.Removed)
                {
                    service.Mode = each.Mode;
                }

                service.LastFailure = each.LastFailure;
                if (each.Ends is { Count: > 0 } ends)
                {
                    service.EndsToWrite.Inherit(ends);
                }
            }
        }

        return true;
    }

    /// <summary>Forgets a removed service that has no connection and no file.</summary>
    private void Forget(Service service)
    {
        if (service is { Mode: ServiceMode.Removed, LiveHandlers: 0 } && FindUnserved(service.Name) is null)
        {
            _removed.Remove(service.Name);
        }
    }
}

/// <summary>The services' modes and counters; see <see cref="ServiceTable"/>.</summary>
internal sealed record ServicesHandover(IReadOnlyList<ServiceHandover> Services, ServiceMode ModeOfNew) : StageHandover;
