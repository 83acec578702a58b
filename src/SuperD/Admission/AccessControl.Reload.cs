using SuperD.Configuration;
using SuperD.Services;

namespace SuperD.Admission;

/// <summary>How a reload changes the rules: what is remembered of sources survives the change.</summary>
internal sealed partial class AccessControl
{
    /// <summary>Applies a service's new definition. Buckets, penalties and the visits to a sensor stay.</summary>
    /// <remarks>A reload thus frees nobody from a penalty. If the prefix length of a source changes, live handlers are recounted.</remarks>
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

    /// <summary>
    /// Removes a service: connections still to be checked for it are refused, and what was remembered for it is forgotten.
    /// </summary>
    public void Remove(Service service)
    {
        _loop.AssertOnLoop();
        if (_gates.Remove(service, out Gate? gate))
        {
            _sensors.Remove(gate);
        }
    }

    /// <summary>
    /// Succeeds the owners whose files are trusted when they are read again; see <see cref="ServerDefinition.TrustedOwners"/>.
    /// </summary>
    public override void Succeed(ServerDefinition server) => _files.TrustedOwners = server.TrustedOwners;

    /// <summary>Watches only these files from now on.</summary>
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

    /// <summary>Recounts the live handlers of a service by the current prefix lengths.</summary>
    private void CountAnew(Service service, Gate gate)
    {
        foreach (Connection connection in _entered.Keys
            .Where(connection => connection.Service == service && connection.Peer.IsKnown).ToArray())
        {
            Uncount(_entered[connection]);
            _entered[connection] = CountAt(gate, connection.Peer);
        }
    }

    /// <summary>Counts one more live handler for a peer's source, and returns the source.</summary>
    private SourceKey CountAt(Gate gate, Peer peer)
    {
        SourceKey source = gate.SourceOf(peer);
        _handlersOfSource[source] = _handlersOfSource.GetValueOrDefault(source) + 1;
        return source;
    }

    /// <param name="source">The default value for a connection that was not counted.</param>
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
