using SuperD.Configuration;
using SuperD.Services;

namespace SuperD.Listening;

/// <summary>What a reload makes of the listeners: bound aside, and either committed or abandoned. Loop only.</summary>
/// <param name="removed">Services that go.</param>
/// <param name="dropped">Their listeners, and those of other services that nobody wants any more.</param>
internal sealed class ListenerChanges(IReadOnlyList<Service> removed, IReadOnlyList<Listener> dropped)
{
    private readonly List<(Service Service, ServiceDefinition Definition, ListenerSlot[] Slots)> _services = [];
    private readonly List<ListenProblem> _problems = [];
    private readonly List<(Listener Fresh, Listener[] InItsWay)> _replaced = [];

    public IReadOnlyList<Service> Removed => removed;

    public IReadOnlyList<Listener> Dropped => dropped;

    public IReadOnlyList<(Service Service, ServiceDefinition Definition, ListenerSlot[] Slots)> Services => _services;

    /// <summary>Why it cannot be done; none when it can.</summary>
    public IReadOnlyList<ListenProblem> Problems => _problems;

    /// <summary>Listeners whose socket another kind goes on with, and who that is.</summary>
    public IEnumerable<(Listener Old, Listener New)> Successions =>
        Slots.Where(slot => slot.IsSuccession).Select(slot => (slot.Old!, slot.Listener)); // a succession has one

    private IEnumerable<ListenerSlot> Slots => _services.SelectMany(service => service.Slots);

    public void Add(Service service, ServiceDefinition definition, ListenerSlot[] slots) => _services.Add((service, definition, slots));

    /// <summary>Binds what is new, those last that can only be had when an old one of ours is closed.</summary>
    public void Bind(bool isDryRun)
    {
        var blocked = new List<(ServiceDefinition Definition, Listener Fresh, Listener[] InItsWay)>();
        foreach ((_, ServiceDefinition definition, ListenerSlot[] slots) in _services)
        {
            foreach (ListenerSlot slot in slots)
            {
                string? problem = slot.IsSuccession ? slot.Listener.TryPrepareToSucceed()
                    : !slot.IsFresh || (isDryRun && slot.Listener.Kind == ListenerKind.Unix) ? null
                    : slot.Listener.TryBind(definition);
                if (problem is null)
                {
                    continue;
                }

                // A socket that handlers have too is not free when superd closes it.
                Listener[] inItsWay = [.. dropped.Where(old => old.IsBound && slot.IsFresh && old.Address.Overlaps(slot.Listener.Address))];
                Listener? shared = Array.Find(inItsWay, old => old.IsLent || old.Kind == ListenerKind.UdpPeers);
                if (inItsWay.Length > 0 && shared is null)
                {
                    blocked.Add((definition, slot.Listener, inItsWay));
                }
                else
                {
                    string remedy = shared is null ? string.Empty : $": superd's own service '{shared.Service.Name}' has it, and its handlers share the socket; remove that service first, and add this one when they have ended";
                    _problems.Add(new ListenProblem(definition, slot.Listener.Address, problem + remedy));
                }
            }
        }

        if (!isDryRun && _problems.Count == 0)
        {
            blocked.ForEach(service => Replace(service.Definition, service.Fresh, service.InItsWay));
        }

        if (isDryRun || _problems.Count > 0)
        {
            Abandon();
        }
    }

    /// <summary>Leaves everything as it was.</summary>
    private void Abandon()
    {
        foreach (ListenerSlot slot in Slots.Where(slot => slot.Old != slot.Listener))
        {
            slot.Listener.Close();
        }

        foreach ((_, Listener[] inItsWay) in _replaced)
        {
            Array.ForEach(inItsWay, old => old.Open());
        }
    }

    private void Replace(ServiceDefinition definition, Listener fresh, Listener[] inItsWay)
    {
        _replaced.Add((fresh, inItsWay));
        Array.ForEach(inItsWay, old => old.Close());
        if (fresh.TryBind(definition) is { } problem)
        {
            _problems.Add(new ListenProblem(definition, fresh.Address, problem));
        }
    }
}

/// <summary>An address a reload asks for and cannot have.</summary>
/// <param name="Problem">What stands in the way, and what to do.</param>
internal sealed record ListenProblem(ServiceDefinition Definition, ListenAddress Address, string Problem);
