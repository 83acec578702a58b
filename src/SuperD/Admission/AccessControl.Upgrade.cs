using System.Globalization;
using SuperD.Services;

namespace SuperD.Admission;

/// <summary>What is remembered of sources survives an upgrade: a penalty is a promise to those who were harmed.</summary>
internal sealed partial class AccessControl
{
    /// <summary>Hands over what is remembered, except what has expired by now.</summary>
    public override StageHandover HandOver(KeptDescriptors kept)
    {
        _loop.AssertOnLoop();
        long now = Now;
        Dictionary<int, string> names = _gates.ToDictionary(gate => gate.Value.Number, gate => gate.Key.Name);
        SourceHandover Describe(SourceKey source, long until, bool isRefused) =>
            new(names[source.Owner], source.Prefix.ToString("x", CultureInfo.InvariantCulture), until, isRefused);
        return new AdmissionHandover
        {
            Rates = _gates
                .Where(gate => gate.Value.Bucket.FullAt > now)
                .ToDictionary(gate => gate.Key.Name, gate => gate.Value.Bucket.FullAt),
            SourceRates =
            [
                .. _buckets.All.Where(entry => entry.State.FullAt > now)
                    .Select(entry => Describe(entry.Source, entry.State.FullAt, false)),
            ],
            Penalties =
            [
                .. _penalties.All.Where(entry => entry.Until > now)
                    .Select(entry => Describe(entry.Source, entry.Until, entry.IsRefused)),
            ],
            Visitors =
            [
                .. _sensors.All.Where(entry => entry.Until > now)
                    .Select(entry => Describe(entry.Source, entry.Until, false)),
            ],
        };
    }

    /// <summary>
    /// Inherits what the previous version remembered. All services must have been added; entries of removed ones are dropped.
    /// </summary>
    public override bool TryInherit(StageHandover part, Inheritance inheritance)
    {
        _loop.AssertOnLoop();
        if (part is not AdmissionHandover handed)
        {
            return false;
        }

        Dictionary<string, Gate> gates = _gates.ToDictionary(gate => gate.Key.Name, gate => gate.Value);
        foreach ((string service, long fullAt) in handed.Rates)
        {
            if (gates.TryGetValue(service, out Gate? gate))
            {
                gate.Bucket = new TokenBucket(fullAt);
            }
        }

        foreach (SourceHandover entry in handed.SourceRates)
        {
            Remember(gates, entry, source => _buckets.Set(source, new TokenBucket(entry.Until)));
        }

        foreach (SourceHandover entry in handed.Penalties)
        {
            Remember(gates, entry, source => _penalties.Inherit(source, entry.Until, entry.IsRefused));
        }

        foreach (SourceHandover entry in handed.Visitors)
        {
            Remember(gates, entry, source => _sensors.Inherit(source, entry.Until));
        }

        return true;
    }

    private static void Remember(Dictionary<string, Gate> gates, SourceHandover entry, Action<SourceKey> remember)
    {
        if (gates.TryGetValue(entry.Service, out Gate? gate)
            && UInt128.TryParse(entry.Prefix, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out UInt128 prefix))
        {
            remember(new SourceKey(prefix, gate.Number));
        }
    }
}
