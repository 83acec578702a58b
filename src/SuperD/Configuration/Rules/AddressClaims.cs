namespace SuperD.Configuration.Rules;

/// <summary>Finds pairs of addresses that Linux would refuse to bind to two sockets.</summary>
internal sealed class AddressClaims(Problems problems)
{
    private readonly Dictionary<(Transport, int Port, string? UnixName), List<Claim>> _byPort = [];
    private readonly HashSet<(Place, Place)> _reported = [];

    private sealed record Claim(ListenAddress Address, Place Place, string Service);

    /// <summary>Claims the sockets of one service; a conflict with an earlier claim is an error at the later one.</summary>
    public void Add(ServiceDraft service)
    {
        foreach (Written<ListenAddress> listen in service.Listen)
        {
            // The kernel chooses a different port for each socket with port 0.
            ListenAddress address = listen.Value;
            if (!address.HasName)
            {
                continue;
            }

            (Transport, int, string?) key = (address.Transport, address.EndPoint.Port, address.UnixName);
            if (!_byPort.TryGetValue(key, out List<Claim>? claims))
            {
                _byPort.Add(key, claims = []);
            }

            // Two bare ports collide twice, over IPv4 and IPv6, but that is one mistake.
            if (claims.Find(claim => claim.Address.Overlaps(listen.Value)) is { } earlier && _reported.Add((earlier.Place, listen.Place)))
            {
                Report(earlier, listen, service.Config.Name);
            }

            claims.Add(new Claim(listen.Value, listen.Place, service.Config.Name));
        }
    }

    private void Report(Claim earlier, Written<ListenAddress> listen, string service)
    {
        string taken = earlier.Address.EndPoint.Equals(listen.Value.EndPoint) ? "" : $", where {earlier.Address} takes it too";
        string owner = earlier.Service == service ? "this service itself" : $"service '{earlier.Service}'";
        string remedy = earlier.Service == service ? "delete one of the two" : "choose another port or address for one of them";
        problems.Error(listen.Place, $"{listen.Value} is already listened on by {owner} at {earlier.Place}{taken}; {remedy}");
    }
}
