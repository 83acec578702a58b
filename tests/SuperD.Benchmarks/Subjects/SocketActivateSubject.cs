namespace SuperD.Benchmarks.Subjects;

/// <summary>
/// systemd-socket-activate: systemd's accept loop without units and cgroups. It
/// cannot change the user, so the server itself runs as nobody.
/// </summary>
internal sealed class SocketActivateSubject(string? program) : Subject("systemd-socket-activate", program, "apt-get install systemd")
{
    public override bool Can(ServerOrder order) =>
        order is { Ports.Length: 1, LimitsSources: false, Denies: false, RedirectTo: null, Close: null };

    public override ServerCommand Prepare(ServerOrder order, string folder, string handler) =>
        new([Program, "--inetd", "--accept", $"--listen=127.0.0.1:{order.Ports[0]}", handler], AsNobody: true);
}
