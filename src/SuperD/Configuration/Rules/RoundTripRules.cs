using System.Net;
using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>Finds redirects that make superd its own client: endless loops, and ways to its console. From the files alone.</summary>
/// <remarks>
/// A redirect to a listener of another service is fine if the chain ends at a service that serves its clients itself. Where a name or a
/// link leads, and which addresses this machine has, is known only when a client connects; superd then refuses the connection
/// (<c>reason=loop</c>).
/// </remarks>
internal sealed class RoundTripRules
{
    private readonly ServiceDraft[] _services;
    private readonly Problems _problems;
    private readonly ILookup<(int Port, string? UnixName), (ServiceDraft Service, Written<ListenAddress> Listen)> _listeners;

    /// <summary>Services whose redirect is reported; a loop through one of them is not reported again.</summary>
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

    /// <summary>Checks the redirects of all services.</summary>
    /// <param name="services">The services, good or bad.</param>
    /// <param name="consoles">The possible places of the console's socket; empty without a console.</param>
    /// <param name="problems">Receives the problems.</param>
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
        // Breadth first, to report the shortest loop.
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

    /// <summary>The services that the connections of a service go on to, and how; none if it serves them itself.</summary>
    private IEnumerable<(ServiceDraft To, string Step)> StepsFrom(ServiceDraft service)
    {
        if (service.Config.Redirect is { } redirect
            && !_reported.Contains(service)
            && FindListener(redirect.Value) is var (next, listen))
        {
            yield return (next, $"{redirect.Value} ({redirect.Place}) is where '{next.Config.Name}' listens ({listen.Place})");
        }

        if (service.Config.Builtin is { Value: Builtin.TcpMux } tcpMux)
        {
            foreach (ServiceDraft target in _services.Where(target => target.Config.TcpMux is { Value: true }))
            {
                string name = target.Config.Name;
                Place place = target.Config.TcpMux!.Place; // the filter above requires the key
                yield return (target, $"clients of its tcpmux ({tcpMux.Place}) may ask for '{name}' ({place})");
            }
        }
    }

    private void CheckConsole(Written<Backend> redirect, IReadOnlyList<string> consoles)
    {
        if (redirect.Value.UnixName is { } name && consoles.Any(console => IsSameFile(name, console)))
        {
            _problems.Error(redirect.Place,
                "redirect leads to superd's own console: superd would be its client, and any client could end connections and pause "
                + "services; name another backend");
        }
    }

    private void CheckHeader(ServiceDraft service, Written<Backend> redirect)
    {
        if (service.Config.ProxyOut is null
            && !_reported.Contains(service)
            && FindListener(redirect.Value) is { Service.Config: { ProxyIn: { } proxyIn, Name: var name } })
        {
            _problems.Warning(redirect.Place,
                $"redirect leads to '{name}', which believes a PROXY header ({proxyIn.Place}), and without proxy_out the client itself "
                + "may write it and say who it is; add proxy_out = \"v2\", unless only proxies come here");
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

    /// <summary>Whether two paths lead to the same file: by name, through links to the file or its directory, or as hard links.</summary>
    /// <remarks>Links are followed only if the file or directory exists.</remarks>
    private static bool IsSameFile(string one, string other)
    {
        if (one == other || UnixSocket.IsAbstract(one))
        {
            return one == other;
        }

        FileIdentity file = FileIdentity.OfTarget(one);
        FileIdentity directory = FileIdentity.OfTarget(Path.GetDirectoryName(one) ?? "/");
        bool isSameDirectory = directory != default && directory == FileIdentity.OfTarget(Path.GetDirectoryName(other) ?? "/");
        return (file != default && file == FileIdentity.OfTarget(other))
            || (Path.GetFileName(one) == Path.GetFileName(other) && isSameDirectory);
    }
}
