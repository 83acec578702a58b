namespace SuperD.Benchmarks.Subjects;

/// <summary>socat with <c>nofork</c>, its fastest mode: the handler gets the socket itself.</summary>
internal sealed class SocatSubject(string? program) : Subject("socat", program, "apt-get install socat")
{
    public override bool Can(ServerOrder order) => order is { Ports.Length: 1, LimitsSources: false, Close: null };

    public override ServerCommand Prepare(ServerOrder order, string folder, string handler)
    {
        string range = order.Denies ? ",range=10.0.0.0/8" : string.Empty;
        string listen = $"TCP4-LISTEN:{order.Ports[0]},bind=127.0.0.1,fork,reuseaddr,backlog={Backlog},max-children=10000{range}";
        string does = order.RedirectTo is { } port ? $"TCP4:127.0.0.1:{port}" : $"EXEC:{handler},nofork,su=nobody";
        return new ServerCommand([Program, listen, does]);
    }
}
