namespace SuperD.Benchmarks.Subjects;

/// <summary>HAProxy in TCP mode: a relay and nothing else.</summary>
internal sealed class HaproxySubject(string? program) : Subject("haproxy", program, "apt-get install haproxy")
{
    public override bool Can(ServerOrder order) =>
        order is { Ports.Length: 1, LimitsSources: false, RedirectTo: not null, Denies: false, Close: null };

    public override ServerCommand Prepare(ServerOrder order, string folder, string handler)
    {
        string configuration = Write(folder, "haproxy.cfg", $"""
            defaults
                mode tcp
                timeout connect 30s
                timeout client 30s
                timeout server 30s
            listen front
                bind 127.0.0.1:{order.Ports[0]} backlog {Backlog}
                server back 127.0.0.1:{order.RedirectTo}

            """);
        return new ServerCommand([Program, "-db", "-f", configuration]);
    }
}
