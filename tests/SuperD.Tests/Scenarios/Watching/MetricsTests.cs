using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Watching;

/// <summary>The builtin <c>metrics</c>: what Prometheus's own programs make of it, and the dashboard that reads it.</summary>
public sealed partial class MetricsTests
{
    private const string Metrics = "listen = 0\nbuiltin = 'metrics'\n";
    private const string Listen = "listen = '127.0.0.1:0'\n";

    private static readonly string s_talk = Listen + "instances = 2\n" + TomlText.ExecShell("echo hello; read line; echo \"got $line\"");

    [Test]
    public async Task The_page_is_what_the_command_prints_and_promtool_finds_no_fault()
    {
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Top = "max_handlers = 10" },
            ("metrics", Metrics),
            ("penal", Listen + "penalty = { exit = { 1 = '1h' } }\nexec = '/bin/false'\n"),
            ("talk", s_talk));
        using Client first = daemon.Connect("talk"), second = daemon.Connect("talk");
        Assert.That((first.ReadLine(), second.ReadLine()), Is.EqualTo(("hello", "hello")));
        using Client third = daemon.Connect("talk");
        Assert.That(third.IsClosedWithoutReply(), Is.True);
        using (Client bad = daemon.Connect("penal"))
        {
            bad.ReadToEnd();
        }

        daemon.WaitFor(line => line.Event == "penalise", "its source is refused from now on");
        Assert.That(first.Send("it\n").ReadToEnd(), Is.EqualTo("got it\n"));
        daemon.WaitFor("end", "talk");

        string page = await PageOf(daemon);
        string printed = SuperdProgram.Run(daemon.Directory.Path, "metrics", "-c", daemon.Directory["superd.toml"]).StandardOutput;

        Assert.That(NamesIn(page), Is.EqualTo(NamesIn(printed)));
        Assert.That(page, Does.Contain("\nsuperd_connections_limit{service=\"talk\"} 2\n"));
        Assert.That(page, Does.Contain("\nsuperd_connections_live{service=\"talk\"} 1\n"));
        Assert.That(page, Does.Contain("\nsuperd_connections_queued{service=\"talk\"} 0\n"));
        Assert.That(page, Does.Contain("\nsuperd_connections_refused_total{service=\"talk\",reason=\"instances\"} 1\n"));
        Assert.That(page, Does.Contain("\nsuperd_penalties_total{service=\"penal\"} 1\n"));
        Assert.That(page, Does.Contain("\nsuperd_handlers_limit 10\n"));
        Assert.That(page, Does.Contain("\nsuperd_server_ready 1\n"));
        Assert.That(
            page,
            Does.Match("\nsuperd_build_info{version=\"0.1.0\",dotnet=\"10[^\"]+\",compilation=\"(jit|native)\",architecture=\"x64\"} 1\n"));
        string start = Regex.Match(page, "\nsuperd_start_time_seconds ([0-9.]+)\n").Groups[1].Value;
        double started = double.Parse(start, CultureInfo.InvariantCulture);
        Assert.That(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0 - started, Is.InRange(0, 600));

        string file = daemon.Directory.Write("page", page);
        ProgramResult lint = RunningProgram.RunToEnd("/bin/sh", ["-c", $"exec {Needs.Program("promtool")} check metrics < {file}"]);
        Assert.That((lint.ExitCode, lint.StandardOutput, lint.StandardError), Is.EqualTo((0, "", "")));
    }

    [Test]
    public async Task Clients_that_wait_in_the_kernels_queue_are_counted()
    {
        using Daemon daemon = Daemon.Start(
            ("metrics", Metrics), ("one", Listen + "instances = 1\nwhen_full = 'queue'\n" + TomlText.ExecShell("echo hello; cat")));
        using Client served = daemon.Connect("one");
        served.ReadLine();
        using Client waiting = daemon.Connect("one"), another = daemon.Connect("one");

        string page = await PageOf(daemon);

        Assert.That(page, Does.Contain("\nsuperd_connections_queued{service=\"one\"} 2\n"));
    }

    [Test]
    public async Task A_thousand_services_come_in_chunks_and_no_turn_takes_longer_for_it()
    {
        string names = $"unix:@superd-test-{Environment.ProcessId}";
        (string, string)[] many =
        [
            .. Enumerable.Range(0, 1000).Select(number => ($"s{number:0000}", $"listen = '{names}-{number}'\nexec = '/bin/cat'\n")),
        ];
        using Daemon daemon = Daemon.Start([("metrics", Metrics), .. many]);

        string page = await PageOf(daemon);

        Assert.That(page, Does.EndWith("superd_connection_duration_seconds_count{service=\"s0999\"} 0\n"));
        Assert.That(Regex.Count(page, "\nsuperd_connections_live{"), Is.EqualTo(1001));
        TestContext.Out.WriteLine($"{page.Length} bytes; {Regex.Match(page, "superd_longest_turn_seconds [0-9.]+")}");
    }

    [Test]
    public async Task A_real_Prometheus_scrapes_it()
    {
        Needs.Program("prometheus");
        using Daemon daemon = Daemon.Start(("metrics", Metrics), ("talk", s_talk));
        using Client client = daemon.Connect("talk");
        client.ReadLine();
        using var directory = new TempDir();
        string configuration = directory.Write("prometheus.yml", $"""
            global:
              scrape_interval: 200ms
            scrape_configs:
              - job_name: superd
                static_configs:
                  - targets: ['127.0.0.1:{daemon.Port("metrics")}']

            """);
        int port = FreePort.Find();
        using var prometheus = new RunningProgram(
            "prometheus",
            [
                $"--config.file={configuration}", $"--storage.tsdb.path={directory["data"]}", $"--web.listen-address=127.0.0.1:{port}",
                "--log.level=warn",
            ],
            directory.Path);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = Patience.Limit };

        string up = await Query("up");
        string limit = await Query("superd_connections_live{service=\"talk\"} / superd_connections_limit");

        Assert.That(up, Is.EqualTo("1"));
        Assert.That(limit, Is.EqualTo("0.5"));
        string targets = await http.GetStringAsync("/api/v1/targets");
        Assert.That(targets, Does.Contain("\"lastError\":\"\""));

        async Task<string> Query(string expression)
        {
            string? value = null;
            string reply = "";
            for (var clock = System.Diagnostics.Stopwatch.StartNew(); value is null && clock.Elapsed < Patience.Limit;)
            {
                try
                {
                    reply = await http.GetStringAsync($"/api/v1/query?query={Uri.EscapeDataString(expression)}");
                    JsonElement results = JsonDocument.Parse(reply).RootElement.GetProperty("data").GetProperty("result");
                    value = results.GetArrayLength() > 0 ? results[0].GetProperty("value")[1].GetString() : null;
                }
                catch (HttpRequestException)
                {
                    // it does not listen yet, or answers 503 while it starts
                }

                await Task.Delay(50);
            }

            return value ?? throw new AssertionException($"{expression} has no value: {reply}; {prometheus.Errors.Text}");
        }
    }

    [Test]
    public async Task Every_metric_that_the_dashboard_names_exists()
    {
        using Daemon daemon = Daemon.Start(("metrics", Metrics));
        string[] suffixes = ["", "_bucket", "_sum", "_count"];
        string[] known = [.. NamesIn(await PageOf(daemon)).SelectMany(name => suffixes.Select(suffix => name + suffix))];
        string file = Repository.PathOf("src/packaging/grafana/superd.json");

        using JsonDocument dashboard = JsonDocument.Parse(await File.ReadAllTextAsync(file));

        string[] expressions = [.. Expressions(dashboard.RootElement)];
        string[] named = [.. expressions.SelectMany(text => MetricName().Matches(text)).Select(match => match.Value).Distinct()];
        Assert.That(named, Has.Length.GreaterThan(12));
        Assert.That(named, Is.SubsetOf(known));
        JsonElement panels = dashboard.RootElement.GetProperty("panels");
        Assert.That(panels.EnumerateArray().Select(panel => panel.GetProperty("id").GetInt32()), Is.Unique);
    }

    [GeneratedRegex("superd_[a-z_]+")]
    private static partial Regex MetricName();

    private static IEnumerable<string> Expressions(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property =>
            property.Name is "expr" or "query" or "definition" && property.Value.ValueKind == JsonValueKind.String
                ? [property.Value.GetString()!]
                : Expressions(property.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Expressions),
        _ => [],
    };

    private static async Task<string> PageOf(Daemon daemon)
    {
        using var http = new HttpClient { Timeout = Patience.Limit };
        using HttpResponseMessage response = await http.GetAsync($"http://127.0.0.1:{daemon.Port("metrics")}/metrics");
        Assert.That(response.Content.Headers.ContentType!.ToString(), Is.EqualTo("text/plain; version=0.0.4; charset=utf-8"));
        return await response.Content.ReadAsStringAsync();
    }

    private static string[] NamesIn(string page) =>
        [.. page.Split('\n').Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(line => line.Split(' ')[2])];
}
