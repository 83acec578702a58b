using System.Text;

namespace SuperD.Benchmarks.Subjects;

/// <summary>xinetd with its limits lifted and without a log.</summary>
internal sealed class XinetdSubject(string? program) : Subject("xinetd", program, "apt-get install xinetd")
{
    public override bool Can(ServerOrder order) => order.Close is null;

    public override ServerCommand Prepare(ServerOrder order, string folder, string handler)
    {
        string limits = order.LimitsSources ? " per_source = 10\n cps = 50 10\n" : " per_source = UNLIMITED\n cps = 1000000 1\n";
        var text = new StringBuilder($"defaults\n{{\n instances = UNLIMITED\n{limits}}}\n");
        string does = order.RedirectTo is { } port ? $"redirect = 127.0.0.1 {port}" : $"server = {handler}";
        string admits = order.Denies ? " no_access = 127.0.0.0/8\n" : string.Empty;
        foreach (int listen in order.Ports)
        {
            text.Append($"service s{listen}\n{{\n type = UNLISTED\n socket_type = stream\n protocol = tcp\n wait = no\n user = nobody\n");
            text.Append($" bind = 127.0.0.1\n port = {listen}\n {does}\n{admits}}}\n");
        }

        string configuration = Write(folder, "xinetd.conf", text.ToString());
        return new ServerCommand([Program, "-dontfork", "-f", configuration, "-pidfile", Path.Combine(folder, "pid")]);
    }
}
