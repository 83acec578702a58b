using System.Net;
using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>Redirects by which superd would be its own client without an end, or for somebody who may not: as far as the files alone show it.</summary>
/// <remarks>
/// A redirect to a listener of another service is fine, as long as the way ends at one that serves its clients itself. What a name or a link leads
/// to, and which addresses this machine has, is known only when a client comes: there such a connection is refused (<c>reason=loop</c>).
/// </remarks>
internal sealed class RoundTripRules
{
    private readonly ServiceDraft[] _services;
    private readonly Problems _problems;
    private readonly ILookup<(int Port, string? UnixName), (ServiceDraft Service, Written<ListenAddress> Listen)> _listeners;

    /// <summary>Services whose redirect is reported; without them the other ones need not be an error too.</summary>
    private readonly HashSet<ServiceDraft> _reported = [];

    private RoundTripRules(IEnumerable<ServiceDraft> services, Problems problems)
    {
        _services = [.. services.Where(service => service.Enabled)];
        _problems = problems;
        _listeners = _services
            .SelectMany(service => service.Listen.Select(listen => (Service: service, Listen: listen)))
            .Where(listener => listener.Listen.Value.HasName && listener.Listen.Value.Transport != Transport.Udp)
            .ToLookup(listener => (listener.Listen.Value.EndPoint.Port, listener.Listen.Value.UnixName));
    }

    /// <param name="consoles">Where the console's socket may be; none when there is no console.</param>
    public static void Check(IEnumerable<ServiceDraft> services, IReadOnlyList<string> consoles, Problems problems)
    {
        var rules = new RoundTripRules(services, problems);
        foreach (ServiceDraft service in rules._services)
        {
            if (service.Config.Redirect is { } redirect)
            {
                rules.CheckWayBack(service, redirect);
                rules.CheckConsole(redirect, consoles);
                rules.CheckHeader(service, redirect);
            }
        }
    }

    private void CheckWayBack(ServiceDraft service, Written<Backend> redirect)
    {
        // The shortest way, one step further in each round.
        var reached = new HashSet<ServiceDraft>();
        var ways = new Queue<(ServiceDraft At, string[] Way)>([(service, [])]);
        while (ways.TryDequeue(out (ServiceDraft At, string[] Way) next))
        {
            foreach ((ServiceDraft to, string step) in StepsFrom(next.At))
            {
                if (to == service)
                {
                    _reported.Add(service);
                    _problems.Error(redirect.Place,
                        $"redirect leads back to its own service '{service.Config.Name}': {string.Join(", and ", [.. next.Way, step])}; "
                        + "each connection would make the next one without an end; name another backend");
                    return;
                }

                if (reached.Add(to))
                {
                    ways.Enqueue((to, [.. next.Way, step]));
                }
            }
        }
    }

    /// <summary>Where the connections of a service go on to, and how; none where it serves them itself.</summary>
    private IEnumerable<(ServiceDraft To, string Step)> StepsFrom(ServiceDraft service)
    {
        if (service.Config.Redirect is { } redirect && !_reported.Contains(service) && FindListener(redirect.Value) is { } listener)
        {
            yield return (listener.Service, $"{redirect.Value} ({redirect.Place}) is where '{listener.Service.Config.Name}' listens ({listener.Listen.Place})");
        }

        if (service.Config.Builtin is { Value: Builtin.TcpMux } tcpMux)
        {
            foreach (ServiceDraft target in _services.Where(target => target.Config.TcpMux is { Value: true }))
            {
                yield return (target, $"clients of its tcpmux ({tcpMux.Place}) may ask for '{target.Config.Name}' ({target.Config.TcpMux!.Place})"); // asked above
            }
        }
    }

    private void CheckConsole(Written<Backend> redirect, IReadOnlyList<string> consoles)
    {
        if (redirect.Value.UnixName is { } name && consoles.Any(console => IsSameFile(name, console)))
        {
            _problems.Error(redirect.Place,
                "redirect leads to superd's own console: superd would be its client for anybody, and anybody could end connections and pause services; name another backend");
        }
    }

    private void CheckHeader(ServiceDraft service, Written<Backend> redirect)
    {
        if (service.Config.ProxyOut is null && !_reported.Contains(service) && FindListener(redirect.Value) is { Service.Config: { ProxyIn: { } proxyIn, Name: var name } })
        {
            _problems.Warning(redirect.Place,
                $"redirect leads to '{name}', which believes a PROXY header ({proxyIn.Place}), and without proxy_out the client itself may write it and say who it is; "
                + "add proxy_out = \"v2\", unless only proxies come here");
        }
    }

    private (ServiceDraft Service, Written<ListenAddress> Listen)? FindListener(Backend backend)
    {
        foreach ((ServiceDraft Service, Written<ListenAddress> Listen) listener in _listeners[(backend.Port, backend.UnixName)])
        {
            if (backend.UnixName is not null || (backend.Address is IPEndPoint address && listener.Listen.Value.Takes(address.Address)))
            {
                return listener;
            }
        }

        return null;
    }

    /// <summary>By name, by links to the file or its directory, or by a second name of it; those that are there.</summary>
    private static bool IsSameFile(string one, string other)
    {
        if (one == other || UnixSocket.IsAbstract(one))
        {
            return one == other;
        }

        FileIdentity file = FileIdentity.OfTarget(one);
        FileIdentity directory = FileIdentity.OfTarget(Path.GetDirectoryName(one) ?? "/");
        return (file != default && file == FileIdentity.OfTarget(other))
            || (Path.GetFileName(one) == Path.GetFileName(other) && directory != default && directory == FileIdentity.OfTarget(Path.GetDirectoryName(other) ?? "/"));
    }
}
