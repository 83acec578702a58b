using System.Globalization;
using System.Text.Json;
using SuperD.Tests.Support;

namespace SuperD.Benchmarks.Cluster;

/// <summary>The machine with Prometheus, which scrapes the nodes four times a second.</summary>
internal sealed class Monitor : IDisposable
{
    private const int Port = 9090;

    private readonly RunningProgram _process;
    private readonly HttpClient _client;

    public Monitor(Bench bench, Host host, Node[] nodes)
    {
        string folder = bench.Folder.Create(host.Name), file = Path.Combine(folder, "prometheus.yml");
        string targets = string.Join(", ", nodes.Select(node => $"'{node.MetricsAddress}'"));
        File.WriteAllText(file, $"""
            global:
              scrape_interval: 250ms
              scrape_timeout: 250ms
            scrape_configs:
              - job_name: superd
                static_configs:
                  - targets: [{targets}]
            """);
        _client = new HttpClient { BaseAddress = new Uri($"http://{host.Address}:{Port}"), Timeout = TimeSpan.FromSeconds(10) };
        _process = Tools.Start(
            host.Enter[0],
            [
                .. host.Enter[1..], "prometheus", $"--config.file={file}", $"--storage.tsdb.path={folder}/data",
                $"--web.listen-address={host.Address}:{Port}", "--log.level=error",
            ]);
        try
        {
            bench.Require(() => Ask("count(up == 1)") == nodes.Length, "Prometheus finds all nodes");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The number that a query gives: zero when it selects nothing, null when Prometheus does not answer yet.</summary>
    public double? Ask(string query)
    {
        if (_process.HasEnded)
        {
            throw new BenchException($"Prometheus ended: {_process.Errors.Text}");
        }

        try
        {
            using var answer = JsonDocument.Parse(
                _client.GetStringAsync($"/api/v1/query?query={Uri.EscapeDataString(query)}").GetAwaiter().GetResult());
            JsonElement result = answer.RootElement.GetProperty("data").GetProperty("result");
            return result.GetArrayLength() == 0
                ? 0
                : double.Parse(result[0].GetProperty("value")[1].GetString() ?? string.Empty, CultureInfo.InvariantCulture);
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _process.Dispose();
    }
}
