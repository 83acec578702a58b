using System.Globalization;
using System.Net;
using System.Text.Json;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Listening;

/// <summary><c>wait = true</c>: the handler gets the listening socket and accepts by itself; one handler runs at a time.</summary>
public sealed class WaitServiceTests
{
    private const string Listen = "listen = '127.0.0.1:0'\nwait = true\n";

    [Test]
    public void The_handler_gets_the_listening_socket_and_is_told_of_it_by_the_LISTEN_variables()
    {
        using Daemon daemon = Daemon.Start(("door", Listen + TomlText.ExecTestHandler("accept", "2")));
        using Client client = daemon.Connect("door");

        string[] answer = client.ReadToEnd().Split('\n');

        int pid = PidOf(answer[0]);
        Assert.That(answer, Is.EqualTo((string[])[$"served by {pid}", "LISTEN_FDS=1", $"LISTEN_PID={pid}", "LISTEN_FDNAMES=door", ""]));
        Assert.That(daemon.WaitFor("start_wait", "door").Number("pid"), Is.EqualTo(pid));
        SortedDictionary<int, string> descriptors = ProcFs.Descriptors(pid);
        Assert.That(descriptors[0], Does.StartWith("socket:"));
        Assert.That(descriptors[1], Is.EqualTo(descriptors[0]));
        Assert.That(descriptors[3], Is.EqualTo(descriptors[0]));
        Assert.That(ProcFs.Descriptors(daemon.Pid).Values, Does.Contain(descriptors[0]), "it is superd's own listening socket");
        Assert.That(ProcFs.DescriptorFlags(pid, 0) & LibC.O_NONBLOCK, Is.Zero, "its accept waits");
    }

    [Test]
    public void One_handler_serves_several_clients_and_the_next_client_after_its_end_starts_another()
    {
        using Daemon daemon = Daemon.Start(("door", Listen + TomlText.ExecTestHandler("accept", "3")));

        int[] servers = [.. Enumerable.Range(0, 3).Select(_ => AskWhoServes(daemon, "door"))];

        Assert.That(servers.Distinct().Count(), Is.EqualTo(1));
        _ = daemon.WaitFor("end", "door");
        Assert.That(daemon.Log.Count(line => line.Is("start_wait", "door")), Is.EqualTo(1));
        Assert.That(AskWhoServes(daemon, "door"), Is.Not.EqualTo(servers[0]));
        Assert.That(daemon.Log.Where(line => line.Is("accept", "door")), Is.Empty, "superd itself accepts nobody");
    }

    [Test]
    public void Where_IPv6_is_switched_off_a_bare_port_serves_IPv4()
    {
        const string noIPv6 = "ip link set lo up && echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6";
        Needs.Success("unshare", "--net", "sh", "-c", noIPv6);
        Needs.Program("nsenter");
        Needs.Program("nc");
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Wrapper = ["unshare", "--net", "sh", "-c", noIPv6 + "; exec \"$@\"", "sh"] },
            ("door", "listen = 9003\nwait = true\n" + TomlText.ExecTestHandler("accept")));

        ProgramResult client = RunningProgram.RunToEnd("nsenter", [$"--target={daemon.Pid}", "--net", "nc", "-d", "127.0.0.1", "9003"]);

        Assert.That(client.StandardOutput, Does.StartWith("served by"));
    }

    [Test]
    public void Clients_that_come_while_a_handler_runs_are_left_to_it_and_its_successors()
    {
        string script = $"while [ ! -e go ]; do sleep 0.02; done; exec {SuperdProgram.TestHandler} accept 1";
        using Daemon daemon = Daemon.Start(("door", Listen + "directory = '..'\n" + TomlText.ExecShell(script)));
        using Client first = daemon.Connect("door");
        _ = daemon.WaitFor("start_wait", "door");
        int sockets = ProcFs.CountSockets(daemon.Pid);

        Client[] clients = [first, .. Enumerable.Range(0, 4).Select(_ => daemon.Connect("door"))];

        ProcFs.WaitUntilAtRest(daemon.Pid);
        Assert.That(ProcFs.CountSockets(daemon.Pid), Is.EqualTo(sockets), "superd took none of them");
        Assert.That(daemon.Log.Count(line => line.Is("start_wait", "door")), Is.EqualTo(1));
        daemon.Directory.Write("go", string.Empty);
        Assert.That(clients.Select(client => PidOf(client.ReadLine())).Distinct().Count(), Is.EqualTo(5));
        Array.ForEach(clients, client => client.Dispose());
    }

    [Test]
    public void A_handler_that_ends_without_accepting_is_held_back_longer_and_longer_and_each_change_is_one_line()
    {
        const string Count = "runs=$(cat runs 2>/dev/null || echo 0); echo $((runs + 1)) >runs; ";
        string script = $"{Count}[ $runs -lt 4 ] || exec {SuperdProgram.TestHandler} accept 1";
        using Daemon daemon = Daemon.Start(
            ("lazy", Listen + "directory = '..'\n" + TomlText.ExecShell(script)),
            ("other", "listen = '127.0.0.1:0'\n" + TomlText.ExecShell("echo hello")));
        using Client client = daemon.Connect("lazy");

        LogLine[] starts = daemon.WaitFor(line => line.Is("start_wait", "lazy"), 5, "the handler was started five times");

        // The first two starts have no delay, since only the second shows that nothing was accepted. Then 100 ms, 200 ms, 400 ms.
        double[] pausesMs = [.. starts.Zip(starts.Skip(1), (start, next) => (next.Time - start.Time).TotalMilliseconds)];
        Assert.That(pausesMs[1], Is.GreaterThanOrEqualTo(90));
        Assert.That(pausesMs[2], Is.GreaterThanOrEqualTo(190));
        Assert.That(pausesMs[3], Is.GreaterThanOrEqualTo(390));
        using Client other = daemon.Connect("other");
        Assert.That(other.ReadToEnd(), Is.EqualTo("hello\n"));
        Assert.That(PidOf(client.ReadLine()), Is.GreaterThan(1), "the client was never turned away");
        LogLine recovery = daemon.WaitFor("wait_recovered", "lazy");
        Assert.That((recovery.Level, recovery["dropped"]), Is.EqualTo(("info", "0")));
        LogLine backOff = daemon.Log.Single(line => line.Event == "wait_back_off");
        Assert.That(backOff["service"], Is.EqualTo("lazy"));
        Assert.That(backOff.Level, Is.EqualTo("warn"));
    }

    [TestCase("stays", "")]
    [TestCase("ends", "")]
    [TestCase("resets", "")]
    [TestCase("stays", "sleep 1.1; ")]
    public void A_client_that_five_handlers_do_not_accept_is_dropped_also_when_it_has_left(string fate, string before)
    {
        string script = $"{before}[ ! -e mended ] || exec {SuperdProgram.TestHandler} accept 1";
        using Daemon daemon = Daemon.Start(("lazy", Listen + "directory = '..'\n" + TomlText.ExecShell(script)));
        using Client client = daemon.Connect("lazy");
        string address = client.Address;
        switch (fate)
        {
            case "ends":
                client.Dispose();
                break;
            case "resets":
                client.Reset();
                break;
        }

        LogLine drop = daemon.WaitFor("client_dropped", "lazy");

        Assert.That((drop["peer"], drop["reason"], drop.Level), Is.EqualTo((address, "unaccepted", "warn")));
        Assert.That(daemon.Log.Count(line => line.Is("start_wait", "lazy")), Is.EqualTo(5));
        Assert.That(drop["conn"], Is.EqualTo(daemon.Log.Last(line => line.Is("end", "lazy"))["conn"]), "of the last handler");
        if (fate == "stays")
        {
            Assert.That(client.IsClosedWithoutReply(), Is.True);
        }

        (string state, string problem) = StateOf(daemon, "lazy");
        Assert.That(state, Is.EqualTo("failing"));
        Assert.That(problem, Is.EqualTo("its handlers end without accepting a client; 1 dropped"));
        ProcFs.WaitUntilAtRest(daemon.Pid);
        Assert.That(daemon.Log.Count(line => line.Is("start_wait", "lazy")), Is.EqualTo(5), "nobody is left to start a handler for");

        daemon.Directory.Write("mended", string.Empty);
        _ = AskWhoServes(daemon, "lazy");
        daemon.WaitFor("wait_recovered", "lazy");
        Assert.That(StateOf(daemon, "lazy").State, Is.EqualTo("open"));
        Assert.That(daemon.Log.Count(line => line.Event == "wait_back_off"), Is.EqualTo(1));
    }

    [Test]
    public void A_service_that_failed_is_open_as_soon_as_a_handler_has_accepted_everybody_though_it_runs_on()
    {
        string script = $"[ ! -e mended ] || exec {SuperdProgram.TestHandler} accept 2";
        using Daemon daemon = Daemon.Start(("lazy", Listen + "directory = '..'\n" + TomlText.ExecShell(script)));
        using (Client dropped = daemon.Connect("lazy"))
        {
            daemon.WaitFor("client_dropped", "lazy");
        }

        daemon.Directory.Write("mended", string.Empty);
        _ = AskWhoServes(daemon, "lazy");

        Assert.That(StateOf(daemon, "lazy").State, Is.EqualTo("open"));
        Assert.That(daemon.Log.Where(line => line.Event == "wait_recovered"), Is.Empty, "the handler waits for a second client");
    }

    [Test]
    public void The_next_version_and_a_reload_that_does_not_touch_it_know_that_a_service_fails_and_one_that_changes_it_tries_at_once()
    {
        string toml = Listen + TomlText.ExecTestHandler("exit-without-accept");
        using Daemon daemon = Daemon.Start(("lazy", toml));
        using Client client = daemon.Connect("lazy");
        daemon.WaitFor("client_dropped", "lazy");

        daemon.Upgrade();
        daemon.Reload();

        Assert.That(StateOf(daemon, "lazy"), Is.EqualTo(("failing", "its handlers end without accepting a client; 1 dropped")));
        daemon.Write("lazy", Listen + TomlText.ExecTestHandler("accept", "1"));
        daemon.Reload();
        Assert.That(StateOf(daemon, "lazy").State, Is.EqualTo("open"));
    }

    [Test]
    public void A_handler_that_accepts_one_client_per_run_is_never_held_back()
    {
        const int count = 30;
        using Daemon daemon = Daemon.Start(("door", Listen + TomlText.ExecTestHandler("accept", "1")));
        Client[] clients = [.. Enumerable.Range(0, count).Select(_ => daemon.Connect("door"))];

        int[] servers = [.. clients.Select(client => PidOf(client.ReadLine()))];

        Assert.That(servers.Distinct().Count(), Is.EqualTo(count), "each was served by a handler of its own");
        _ = daemon.WaitFor(line => line.Is("end", "door"), count, "all handlers have ended");
        Assert.That(daemon.Log.Where(line => line.Event == "wait_back_off"), Is.Empty);
        Array.ForEach(clients, client => client.Dispose());
    }

    [Test]
    public void Clients_that_wait_at_the_same_port_of_another_address_do_not_hold_an_honest_handler_back()
    {
        int port = FreePort.Find();
        using Daemon daemon = Daemon.Start(
            ("busy", $"listen = '127.0.0.2:{port}'\ninstances = 1\nwhen_full = 'queue'\n" + TomlText.ExecShell("echo hello; read line")),
            ("door", $"listen = '127.0.0.1:{port}'\nwait = true\n" + TomlText.ExecTestHandler("accept", "1")));
        using var served = new Client(port, IPAddress.Parse("127.0.0.2"));
        Assert.That(served.ReadLine(), Is.EqualTo("hello"));
        using var queued = new Client(port, IPAddress.Parse("127.0.0.2"));

        for (int run = 1; run <= 3; run++)
        {
            _ = AskWhoServes(daemon, "door");
            _ = daemon.WaitFor(line => line.Is("end", "door"), run, "the handler has ended");
            ProcFs.WaitUntilAtRest(daemon.Pid); // it has checked the accept queue before the next client connects
        }

        Assert.That(daemon.Log.Where(line => line.Event == "wait_back_off"), Is.Empty);
    }

    [Test]
    public void A_launch_that_fails_turns_the_client_away_and_says_why_and_the_next_client_is_tried_again()
    {
        using var programs = new TempDir();
        string script = $"#!/bin/sh\nexec {SuperdProgram.TestHandler} accept 1\n";
        string path = programs.Write("door", script, "755");
        using Daemon daemon = Daemon.Start(("door", Listen + $"exec = {TomlText.Of(path)}\n"));
        File.Delete(path);

        using Client refused = daemon.Connect("door");

        Assert.That(refused.IsClosedWithoutReply(), Is.True);
        LogLine failure = daemon.WaitFor("launch_failed", "door");
        Assert.That(failure["peer"], Is.EqualTo(refused.Address));
        Assert.That(failure["reason"], Is.EqualTo("launch"));
        Assert.That(failure["step"], Is.EqualTo("execve"));
        Assert.That(failure.Level, Is.EqualTo("error"));
        programs.Write("door", script, "755");
        _ = AskWhoServes(daemon, "door");
    }

    [Test]
    public void A_bare_port_is_one_socket_for_clients_of_both_families()
    {
        using Daemon daemon = Daemon.Start(("door", "listen = 0\nwait = true\n" + TomlText.ExecTestHandler("accept", "2")));
        int port = daemon.Port("door");

        using var v4 = new Client(port, IPAddress.Loopback);
        using var v6 = new Client(port, IPAddress.IPv6Loopback);

        Assert.That(PidOf(v4.ReadLine()), Is.EqualTo(PidOf(v6.ReadLine())));
    }

    private static int AskWhoServes(Daemon daemon, string service)
    {
        using Client client = daemon.Connect(service);
        return PidOf(client.ReadLine());
    }

    private static (string State, string Problem) StateOf(Daemon daemon, string service)
    {
        JsonElement status = ConsoleSocket.Ask(daemon, $$"""{"command":"status","service":"{{service}}"}""").GetProperty("services")[0];
        string problem = status.TryGetProperty("problems", out JsonElement problems) ? problems[0].GetProperty("message").GetString()! : "";
        return (status.GetProperty("state").GetString()!, problem); // every problem has a message, and every service a state
    }

    private static int PidOf(string answer)
    {
        Assert.That(answer, Does.Match("^served by [0-9]+$"));
        return int.Parse(answer["served by ".Length..], CultureInfo.InvariantCulture);
    }
}
