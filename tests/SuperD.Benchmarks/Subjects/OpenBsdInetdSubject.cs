using System.Text;

namespace SuperD.Benchmarks.Subjects;

/// <summary>openbsd-inetd with its rate limits lifted and without libwrap.</summary>
internal sealed class OpenBsdInetdSubject(string? program) : Subject("openbsd-inetd", program, "apt-get install openbsd-inetd")
{
    // It denies only through libwrap, whose files are machine-wide.
    public override bool Can(ServerOrder order) => order is { Denies: false, LimitsSources: false, RedirectTo: null, Close: null };

    public override ServerCommand Prepare(ServerOrder order, string folder, string handler)
    {
        var text = new StringBuilder();
        foreach (int port in order.Ports)
        {
            text.Append($"127.0.0.1:{port} stream tcp nowait nobody {handler} {Path.GetFileName(handler)}\n");
        }

        return new ServerCommand([Program, "-i", "-R", "1000000000", "-q", $"{Backlog}", Write(folder, "inetd.conf", text.ToString())]);
    }
}
