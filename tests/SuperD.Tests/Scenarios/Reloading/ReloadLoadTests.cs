using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Reloading;

/// <summary>Reloads while clients come and go: no client is refused, reset or lost.</summary>
public sealed class ReloadLoadTests
{
    private const int Generations = 200;
    private const int ConnectionsPerSecond = 200;

    [Test]
    public void Two_hundred_reloads_lose_no_connection() => LoseNone(executable: null);

    [Test]
    public void Two_hundred_reloads_of_the_native_build_lose_no_connection() => LoseNone(Needs.NativeSuperd());

    [Test]
    public void The_loop_serves_while_two_thousand_services_are_read_again()
    {
        const int services = 2000;
        string Toml(int number, string more = "") => $"tcpmux = true\nexec = '/bin/cat'\ndescription = 'service {number}'\n{more}";
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Log = "format = 'json'\nlevel = 'info'" },
            [("used", "listen = '127.0.0.1:0'\nexec = ['/bin/echo', 'here']\n"), ("mux", "listen = '127.0.0.1:0'\nbuiltin = 'tcpmux'\n"),
                .. Enumerable.Range(0, services).Select(number => ($"s{number}", Toml(number)))]);
        int port = int.Parse(
            daemon.WaitFor(line => line.Event == "ready", "superd is ready").Message.Split("used=127.0.0.1:")[1].Split(' ')[0]);
        daemon.Write("s7", Toml(7, "nodelay = true\n"));

        using var load = new SteadyLoad(port, "here\n", ConnectionsPerSecond);
        Assert.That(daemon.Reload(), Is.EqualTo($"added 0, changed 1, removed 0, kept {services + 1}"));
        load.Dispose();

        LogLine reload = daemon.WaitFor(line => line.Event == "reload", "it is logged");
        TestContext.Out.WriteLine(
            $"{reload.Message}; slowest of {load.Connections} clients meanwhile: {load.Slowest.TotalMilliseconds:0} ms");
        Assert.That(load.Failures, Is.Empty);
        Assert.That(
            reload.Number("apply_ms"),
            Is.LessThan(reload.Number("read_ms")),
            "reading is work for all files, applying only for what has changed");
    }

    private static void LoseNone(string? executable)
    {
        const string listen = "listen = '127.0.0.1:0'\n";
        string Used(int generation) => listen
            + $"description = 'generation {generation}'\nbacklog = {100 + (generation % 50)}\n"
            + $"nodelay = {(generation % 2 == 0 ? "true" : "false")}\n"
            + $"exec = ['/bin/sh', '-c', 'read line; echo \"$line back\"', 'generation {generation}']\n";
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Executable = executable, Log = "format = 'json'\nlevel = 'info'" },
            ("used", Used(0)),
            ("constant", listen + "exec = '/bin/cat'\n"));
        int port = int.Parse(
            daemon.WaitFor(line => line.Event == "ready", "superd is ready").Message.Split("used=127.0.0.1:")[1].Split(' ')[0]);
        string socket = daemon.ListenerAt(port);

        using var load = new SteadyLoad(port, "there and back\n", ConnectionsPerSecond, "there and");
        for (int generation = 1; generation <= Generations; generation++)
        {
            daemon.Write("used", Used(generation));
            string expected = (generation % 3) switch
            {
                1 => "added 1, changed 1, removed 0, kept 1",
                2 => "added 0, changed 2, removed 0, kept 1",
                _ => "added 0, changed 1, removed 1, kept 1",
            };
            switch (generation % 3)
            {
                case 0:
                    daemon.Remove("other");
                    break;
                default:
                    daemon.Write("other", listen + $"exec = '/bin/cat'\ndescription = '{generation}'\n");
                    break;
            }

            Assert.That(daemon.Reload(), Is.EqualTo(expected), $"reload {generation}");
        }

        // Keeps the load up for a while even if the machine reloads fast.
        Patience.Until(() => load.Connections >= 2 * ConnectionsPerSecond, "the load was there");
        load.Dispose();
        TestContext.Out.WriteLine(
            $"{load.Connections} connections in {load.Elapsed.TotalSeconds:0.0} s, {Generations} reloads; slowest client: "
                + $"{load.Slowest.TotalMilliseconds:0} ms");

        Assert.That(load.Failures, Is.Empty);
        Assert.That(daemon.ListenerAt(port), Is.EqualTo(socket), "its socket was never another one");
        int connections = (int)load.Connections;
        LogLine[] ends = daemon.WaitFor(line => line.Is("end", "used"), connections, "each has its record");
        Assert.That(ends.Select(line => line["exit"]).Distinct(), Is.EqualTo(["0"]));
        Assert.That(daemon.Log.Count(line => line.Is("end", "used")), Is.EqualTo(connections));
        Assert.That(daemon.Log.Any(line => line.Event is "refuse" or "launch_failed"), Is.False);
        Assert.That(ends[^1]["handlers"], Is.EqualTo("0"), "the count is that of living processes");
    }
}
