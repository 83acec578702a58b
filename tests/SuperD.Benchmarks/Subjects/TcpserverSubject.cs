using SuperD.Tests.Support;

namespace SuperD.Benchmarks.Subjects;

/// <summary>
/// tcpserver: one port, one program; without name look-ups. Its option for the user would change the server's user as well.
/// </summary>
/// <param name="wrapper">bubblewrap, which makes the namespaces of a connection that is to have some.</param>
internal sealed class TcpserverSubject(string? program, string? compileRules, string? wrapper)
    : Subject("tcpserver", program, "apt-get install ucspi-tcp-ipv6")
{
    public override bool MakesJails => wrapper is not null;

    public override bool Can(ServerOrder order) =>
        order is { Ports.Length: 1, LimitsSources: false, RedirectTo: null, Close: null } && (!order.Denies || compileRules is not null);

    public override ServerCommand Prepare(ServerOrder order, string folder, string handler)
    {
        string[] rules = order.Denies ? ["-x", CompileRules(folder, ":deny\n")] : [];
        string[] command = order.Jails ? [wrapper!, .. Namespaces(), .. ServerOrder.JailedHandler] : [handler]; // see MakesJails
        return new ServerCommand(
            [Program, "-q", "-H", "-R", "-l0", "-c", "10000", "-b", $"{Backlog}", .. rules, "127.0.0.1", $"{order.Ports[0]}", .. command],
            AsNobody: true);
    }

    /// <summary>What superd's jail has: the same namespaces, directories, devices, and a /tmp and a /proc.</summary>
    private static IEnumerable<string> Namespaces()
    {
        string[] devices = ["null", "zero", "full", "random", "urandom"];
        return
        [
            "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--hostname", "jail", "--as-pid-1", "--new-session",
            .. ((string[])["/usr", "/etc", "/opt"]).SelectMany(path => (string[])["--ro-bind", path, path]),
            .. ((string[])["/bin", "/sbin", "/lib", "/lib64"]).Where(Path.Exists).SelectMany(path =>
                new FileInfo(path).LinkTarget is { } target ? (string[])["--symlink", target, path] : ["--ro-bind", path, path]),
            .. devices.SelectMany(name => (string[])["--dev-bind", $"/dev/{name}", $"/dev/{name}"]),
            "--proc", "/proc", "--size", $"{16 << 20}", "--tmpfs", "/tmp",
        ];
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
