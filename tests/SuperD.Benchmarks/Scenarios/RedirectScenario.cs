using SuperD.Benchmarks.Subjects;

namespace SuperD.Benchmarks.Scenarios;

/// <summary>Connections relayed to a backend on the same machine: connections per second and bytes per second.</summary>
internal sealed class RedirectScenario()
    : Scenario("redirect", "to a backend: 16 clients of three bytes each; 4 clients that read a stream")
{
    private const int Clients = 16, Readers = 4;

    private const string Bytes = "mb_per_s", StreamLoad = "stream_generator_share", Direct = "(without a redirect)";

    public override void Run(Bench bench)
    {
        using var backend = new Backend(bench);
        using ServerGroup answers = ServerGroup.Start(
            bench, () => new ServerOrder { Ports = Ports.Take(1), RedirectTo = backend.AnswerPort });
        using ServerGroup streams = ServerGroup.Start(
            bench, () => new ServerOrder { Ports = Ports.Take(1), RedirectTo = backend.StreamPort });
        answers.Measure(bench, "redirect, connections", server => Connections.Measure(bench, Name, string.Empty, server, Clients));
        streams.Measure(bench, "redirect, bytes", server => MeasureStream(bench, server.Name, server.Port));
        for (int round = 0; round < bench.Options.Rounds; round++)
        {
            MeasureStream(bench, Direct, backend.StreamPort);
        }

        Print(bench, [.. answers.Servers.Select(server => server.Name)]);
        Connections.CheckGenerator(bench, Name, string.Empty, answers.Servers);
        Connections.CheckAnswers(bench, Name, string.Empty, answers.Servers);
    }

    private void MeasureStream(Bench bench, string subject, int port)
    {
        Answer answer = Load.Stream(bench, port, Readers);
        if (answer["bytes"] == 0)
        {
            throw new BenchException($"no byte came through {subject}");
        }

        bench.Figures.Add(Name, string.Empty, subject, Bytes, answer["bytes"] / answer["seconds"] / 1e6);
        bench.Figures.Add(Name, string.Empty, subject, StreamLoad, Load.ShareOf(answer));
    }

    private void Print(Bench bench, string[] names)
    {
        double? Of(string subject, string metric) => bench.Figures.Median(Name, string.Empty, subject, metric);
        string superd = bench.Subjects.Reference.Name;
        var table = new Table("", "conn/s", "p50 ms", "superd is", "MB/s", "load CPU", "superd is");
        foreach (string name in (string[])[.. names, Direct])
        {
            table.Add(
                name,
                Table.Number(Of(name, Connections.Rate)),
                Table.Number(Of(name, Connections.P50), 2),
                Table.Ratio(Of(superd, Connections.Rate), Of(name, Connections.Rate)),
                Table.Number(Of(name, Bytes)),
                Table.Percent(Of(name, StreamLoad)),
                Table.Ratio(Of(superd, Bytes), Of(name, Bytes)));
        }

        table.Print();
    }
}
