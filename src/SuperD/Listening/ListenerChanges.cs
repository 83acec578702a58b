using SuperD.Configuration;
using SuperD.Services;

namespace SuperD.Listening;

/// <summary>The listeners after a reload: bound in advance, and then either committed or abandoned. Loop only.</summary>
/// <param name="removed">Services that the reload removes.</param>
/// <param name="dropped">Their listeners, and those of other services that are no longer wanted.</param>
internal sealed class ListenerChanges(IReadOnlyList<Service> removed, IReadOnlyList<Listener> dropped)
{
    private readonly List<(Service Service, ServiceDefinition Definition, ListenerSlot[] Slots)> _services = [];
    private readonly List<ListenProblem> _problems = [];
    private readonly List<(Listener Fresh, Listener[] InItsWay)> _replaced = [];

    public IReadOnlyList<Service> Removed => removed;

    public IReadOnlyList<Listener> Dropped => dropped;

    public IReadOnlyList<(Service Service, ServiceDefinition Definition, ListenerSlot[] Slots)> Services => _services;

    /// <summary>Why the changes are impossible; none when they can be committed.</summary>
    public IReadOnlyList<ListenProblem> Problems => _problems;

    /// <summary>Listeners whose socket a listener of another kind succeeds to, with that listener.</summary>
    public IEnumerable<(Listener Old, Listener New)> Successions =>
        Slots.Where(slot => slot.IsSuccession).Select(slot => (slot.Old!, slot.Listener)); // a succession has one

    private IEnumerable<ListenerSlot> Slots => _services.SelectMany(service => service.Slots);

    public void Add(Service service, ServiceDefinition definition, ListenerSlot[] slots) => _services.Add((service, definition, slots));

    /// <summary>Binds the new addresses; last those that are only free when an old listener of superd is closed.</summary>
    public void Bind(bool isDryRun)
    {
        var blocked = new List<(ServiceDefinition Definition, Listener Fresh, Listener[] InItsWay)>();
        foreach ((_, ServiceDefinition definition, ListenerSlot[] slots) in _services)
        {
            foreach (ListenerSlot slot in slots)
            {
                BindProblem? problem = slot.IsSuccession ? Succession(slot.Listener)
                    : !slot.IsFresh || (isDryRun && slot.Listener.Kind == ListenerKind.Unix) ? null
                    : slot.Listener.TryBind(definition);
                if (problem is null)
                {
                    continue;
                }

                // Closing a socket does not free its address while handlers have it too.
                Listener[] inItsWay = [.. dropped.Where(old => old.IsBound && slot.IsFresh && old.Address.Overlaps(slot.Listener.Address))];
                Listener? shared = Array.Find(inItsWay, old => old.IsLent || old.Kind == ListenerKind.UdpPeers);
                if (inItsWay.Length > 0 && shared is null)
                {
                    blocked.Add((definition, slot.Listener, inItsWay));
                }
                else
                {
                    string remedy = shared is null
                        ? string.Empty
                        : $": superd's own service '{shared.Service.Name}' has it, and its handlers share the socket; "
                            + "remove that service first, and add this one when they have ended";
                    _problems.Add(new ListenProblem(
                        definition,
                        slot.Listener.Address,
                        new BindProblem(problem.Text + remedy, problem.IsInUse && shared is null)));
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

    private static BindProblem? Succession(Listener listener) =>
        listener.TryPrepareToSucceed() is { } obstacle ? new BindProblem(obstacle) : null;

    /// <summary>Restores everything as it was.</summary>
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

/// <summary>An address of a new configuration that cannot be bound.</summary>
internal sealed record ListenProblem(ServiceDefinition Definition, ListenAddress Address, BindProblem Problem);
