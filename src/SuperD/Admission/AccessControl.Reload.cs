using SuperD.Configuration;
using SuperD.Services;

namespace SuperD.Admission;

/// <summary>What a reload makes of the rules: what is remembered of sources outlives a change of them.</summary>
internal sealed partial class AccessControl
{
    /// <summary>The service has a new definition: from now on its rules hold. Buckets, penalties and the visits of a sensor stay.</summary>
    /// <remarks>So nobody gets out of a penalty by a reload. Where another number of bits makes a source, living handlers are counted anew.</remarks>
    public void Renew(Service service)
    {
        _loop.AssertOnLoop();
        Gate before = _gates[service];
        if (before.Rules == service.Definition.Admission)
        {
            return;
        }

        _sensors.Remove(before);
        Enforce(service, new Gate(before.Number, service.Definition.Admission, _files, _loop.Time) { Bucket = before.Bucket });
    }

    /// <summary>The service is gone: whoever is still to be checked for it is refused, and what was remembered for it is forgotten.</summary>
    public void Remove(Service service)
    {
        _loop.AssertOnLoop();
        if (_gates.Remove(service, out Gate? gate))
        {
            _sensors.Remove(gate);
        }
    }

    /// <summary>Whose files are believed when they are read again; see <see cref="ServerDefinition.TrustedOwners"/>.</summary>
    public override void Succeed(ServerDefinition server) => _files.TrustedOwners = server.TrustedOwners;

    /// <summary>Only these files are looked at from now on.</summary>
    public void KeepFiles(IReadOnlySet<string> paths) => _files.Keep(paths);

    private void Enforce(Service service, Gate gate)
    {
        _gates[service] = gate;
        if (gate.Rules.Sensor is not null)
        {
            _sensors.Add(gate);
        }

        if (service.LiveHandlers > 0)
        {
            CountAnew(service, gate);
        }
    }

    /// <summary>The living handlers of a service, under the names their sources have now.</summary>
    private void CountAnew(Service service, Gate gate)
    {
        foreach (Connection connection in _entered.Keys.Where(connection => connection.Service == service && connection.Peer.IsKnown).ToArray())
        {
            Uncount(_entered[connection]);
            _entered[connection] = CountAt(gate, connection.Peer);
        }
    }

    /// <summary>One more living handler of a peer's source; which that is.</summary>
    private SourceKey CountAt(Gate gate, Peer peer)
    {
        SourceKey source = gate.SourceOf(peer);
        _handlersOfSource[source] = _handlersOfSource.GetValueOrDefault(source) + 1;
        return source;
    }

    /// <param name="source">default where it was not counted: see <see cref="Count"/>.</param>
    private void Uncount(SourceKey source)
    {
        int left = _handlersOfSource.GetValueOrDefault(source) - 1;
        if (left > 0)
        {
            _handlersOfSource[source] = left;
        }
        else
        {
            _handlersOfSource.Remove(source);
        }
    }
}
