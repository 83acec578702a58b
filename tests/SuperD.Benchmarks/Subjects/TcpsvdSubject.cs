namespace SuperD.Benchmarks.Subjects;

/// <summary>
/// tcpsvd of ipsvd: one port, one program; without name look-ups. Its option for the user would change the server's user as well.
/// </summary>
internal sealed class TcpsvdSubject(string? program) : Subject("tcpsvd", program, "apt-get install ipsvd")
{
    public override bool Can(ServerOrder order) => order is { Ports.Length: 1, LimitsSources: false, RedirectTo: null, Close: null };

    public override ServerCommand Prepare(ServerOrder order, string folder, string handler)
    {
        string[] rules = order.Denies ? ["-i", DenyAll(folder)] : [];
        return new ServerCommand(
            [Program, "-l", "localhost", "-c", "10000", "-b", $"{Backlog}", .. rules, "127.0.0.1", $"{order.Ports[0]}", handler],
            AsNobody: true);
    }

    private static string DenyAll(string folder)
    {
        // The file named 0 applies to every client; if nobody may read or run it, tcpsvd refuses.
        string rules = Directory.CreateDirectory(Path.Combine(folder, "rules")).FullName;
        File.SetUnixFileMode(Write(rules, "0", string.Empty), UnixFileMode.None);
        return rules;
    }
}
