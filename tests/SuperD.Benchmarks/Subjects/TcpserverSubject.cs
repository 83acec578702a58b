using SuperD.Tests.Support;

namespace SuperD.Benchmarks.Subjects;

/// <summary>
/// tcpserver: one port, one program; without name look-ups. Its option for the user would change the server's user as well.
/// </summary>
internal sealed class TcpserverSubject(string? program, string? compileRules)
    : Subject("tcpserver", program, "apt-get install ucspi-tcp-ipv6")
{
    public override bool Can(ServerOrder order) =>
        order is { Ports.Length: 1, LimitsSources: false, RedirectTo: null, Close: null } && (!order.Denies || compileRules is not null);

    public override ServerCommand Prepare(ServerOrder order, string folder, string handler)
    {
        string[] rules = order.Denies ? ["-x", CompileRules(folder, ":deny\n")] : [];
        return new ServerCommand(
            [Program, "-q", "-H", "-R", "-l0", "-c", "10000", "-b", $"{Backlog}", .. rules, "127.0.0.1", $"{order.Ports[0]}", handler],
            AsNobody: true);
    }

    private string CompileRules(string folder, string rules)
    {
        string compiled = Path.Combine(folder, "rules.cdb");
        using var compiler = new RunningProgram(compileRules!, [compiled, compiled + ".new"]); // Can checks for it
        compiler.Send(rules);
        compiler.EndInput();
        compiler.WaitForEnd();
        return compiled;
    }
}
