using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Admission;

/// <summary>The texts that superd itself sends to clients it accepts and to clients it refuses.</summary>
public sealed class BannerTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n";
    private const string Hello = "echo hello";
    private const string OneAtATime = Listen + "instances = 1\n";
    private const int Large = 20 * 1024 * 1024;

    private static readonly string s_untilTold = TomlText.ExecShell("echo hello; read line");

    [Test]
    public void Banner_and_banner_success_come_before_the_handler_in_this_order()
    {
        using Daemon daemon = Daemon.Start(
            (
                "hi",
                Listen + "banner = \"{service}: {peer} {{}}\\r\\n\"\nbanner_success = \"come in\\n\"\nbanner_fail = 'no'\n"
                    + TomlText.ExecShell(Hello)));
        using Client client = daemon.Connect("hi");

        Assert.That(client.ReadToEnd(), Is.EqualTo($"hi: {client.Address} {{}}\r\ncome in\nhello\n"));
        _ = daemon.WaitFor("end", "hi");
    }

    [Test]
    public void A_refused_client_gets_the_banner_and_banner_fail_and_nothing_else()
    {
        const string greetings = "banner = \"hi\\n\"\nbanner_success = \"yes\\n\"\n";
        const string refusal = "banner_fail = \"no {peer}, {service} has {reason}, in {retry_after} s\\n\"\n";
        using Daemon daemon = Daemon.Start(("one", OneAtATime + greetings + refusal + s_untilTold));
        using Client first = daemon.Connect("one");
        Assert.That((first.ReadLine(), first.ReadLine(), first.ReadLine()), Is.EqualTo(("hi", "yes", "hello")));

        using Client second = daemon.Connect("one");

        Assert.That(second.ReadToEnd(), Is.EqualTo($"hi\nno {second.Address}, one has instances, in 10 s\n"));
        Assert.That(daemon.WaitFor("refuse", "one")["peer"], Is.EqualTo(second.Address));
        Assert.That(ProcFs.Children(daemon.Pid), Has.Length.EqualTo(1));
    }

    [Test]
    public void A_client_refused_by_a_rate_is_told_when_to_come_again()
    {
        using Daemon daemon = Daemon.Start(
            ("slow", Listen + "rate = '1/h'\nbanner_fail = '{reason} {retry_after}'\n" + TomlText.ExecShell(Hello)));
        using Client first = daemon.Connect("slow");
        Assert.That(first.ReadToEnd(), Is.EqualTo("hello\n"));

        using Client second = daemon.Connect("slow");
        string[] told = second.ReadToEnd().Split(' ');

        Assert.That(told[0], Is.EqualTo("rate"));
        Assert.That(int.Parse(told[1]), Is.InRange(3000, 3600), "seconds until a token comes back");
    }

    [Test]
    public void A_penalised_client_is_told_when_to_come_again()
    {
        using Daemon daemon = Daemon.Start(
            (
                "bad",
                Listen + "penalty = { exit.77 = '1h', max = '1h' }\nbanner_fail = '{reason} {retry_after}'\n"
                    + TomlText.ExecShell("exit 77")));
        using Client first = daemon.Connect("bad");
        Assert.That(first.ReadToEnd(), Is.Empty);
        _ = daemon.WaitFor("penalise", "bad");

        using Client second = daemon.Connect("bad");

        Assert.That(second.ReadToEnd(), Does.Match("^penalty 3[0-9]{3}$"));
    }

    [Test]
    public void A_refused_client_that_never_reads_a_large_text_loses_its_connection()
    {
        using TempDir texts = new();
        string sorry = texts.Write("sorry", new string('s', Large));
        using Daemon daemon = Daemon.Start(
            ("one", OneAtATime + $"banner_fail = {{ file = {TomlText.Of(sorry)} }}\n" + s_untilTold),
            ("other", Listen + TomlText.ExecShell(Hello)));
        using Client first = daemon.Connect("one");
        Assert.That(first.ReadLine(), Is.EqualTo("hello"));
        ProcFs.WaitUntilAtRest(daemon.Pid);
        int sockets = SocketsOf(daemon.Pid);
        using Client deaf = ConnectDeaf(daemon.Port("one"));
        Assert.That(deaf.ReadByte(), Is.EqualTo('s'));
        Assert.That(SocketsOf(daemon.Pid), Is.GreaterThan(sockets));

        using Client other = daemon.Connect("other");
        Assert.That(other.ReadToEnd(), Is.EqualTo("hello\n"));
        Patience.Until(() => SocketsOf(daemon.Pid) <= sockets, "its connection is closed");
        using Client reader = daemon.Connect("one");
        Assert.That(reader.ReadToEnd(), Has.Length.EqualTo(Large));
    }

    [Test]
    public void A_refusal_text_arrives_when_the_client_has_sent_something_already()
    {
        using Daemon daemon = Daemon.Start(("one", OneAtATime + "banner_fail = \"full\\n\"\n" + s_untilTold));
        using Client first = daemon.Connect("one");
        Assert.That(first.ReadLine(), Is.EqualTo("hello"));
        string request = new('x', 100_000);

        for (int i = 0; i < 50; i++)
        {
            using Client refused = daemon.Connect("one");
            refused.Send(request);
            Assert.That(refused.ReadToEnd(), Is.EqualTo("full\n"), $"client {i}");
        }
    }

    [Test]
    public void A_client_whose_handler_cannot_be_launched_is_told_too()
    {
        using TempDir programs = new();
        string program = programs.Write("handler", "#!/bin/sh\n", "755");
        using Daemon daemon = Daemon.Start(
            ("gone", Listen + $"banner = \"hi\\n\"\nbanner_fail = \"{{reason}}\\n\"\nexec = {TomlText.Of(program)}\n"));
        File.Delete(program);

        using Client client = daemon.Connect("gone");

        Assert.That(client.ReadToEnd(), Is.EqualTo("hi\nlaunch\n"));
        _ = daemon.WaitFor("launch_failed", "gone");
    }

    [Test]
    public void A_file_is_read_again_when_it_has_changed_and_kept_when_it_is_gone()
    {
        using TempDir texts = new();
        string motd = texts.Write("motd", "first {peer} {o,o}\n");
        using Daemon daemon = Daemon.Start(("hi", Listen + $"banner = {{ file = {TomlText.Of(motd)} }}\n" + TomlText.ExecShell(Hello)));
        using Client first = daemon.Connect("hi");
        Assert.That(first.ReadToEnd(), Is.EqualTo($"first {first.Address} {{o,o}}\nhello\n"));

        texts.Write("motd", "second\n");
        Assert.That(Ask(daemon), Is.EqualTo("second\nhello\n"));

        File.Delete(motd);
        Assert.That(Ask(daemon), Is.EqualTo("second\nhello\n"));
        Assert.That(Ask(daemon), Is.EqualTo("second\nhello\n"));
        _ = daemon.WaitFor(line => line.Event == "banner_file_unreadable" && line["file"] == motd, "the missing file is logged");
        Assert.That(daemon.Log.Count(line => line.Event == "banner_file_unreadable"), Is.EqualTo(1));

        texts.Write("motd", "third\n");
        Assert.That(Ask(daemon), Is.EqualTo("third\nhello\n"));

        static string Ask(Daemon daemon)
        {
            using Client client = daemon.Connect("hi");
            return client.ReadToEnd();
        }
    }

    [Test]
    public void A_large_banner_arrives_whole_and_the_handler_gets_a_blocking_socket()
    {
        using TempDir texts = new();
        string motd = texts.Write("motd", new string('b', Large));
        using Daemon daemon = Daemon.Start(
            ("hi", Listen + $"banner = {{ file = {TomlText.Of(motd)} }}\n" + TomlText.ExecShell("echo; grep flags /proc/self/fdinfo/1")));
        using Client client = daemon.Connect("hi");

        string[] answer = client.ReadToEnd().Split('\n');

        Assert.That(answer[0], Has.Length.EqualTo(Large));
        const int NonBlocking = 2048;
        Assert.That(Convert.ToInt32(answer[1].Split(':')[1].Trim(), 8) & NonBlocking, Is.Zero, answer[1]);
    }

    [Test]
    public void A_client_that_never_reads_a_large_banner_costs_only_its_own_connection()
    {
        using TempDir texts = new();
        string motd = texts.Write("motd", new string('b', Large));
        using Daemon daemon = Daemon.Start(
            ("hi", Listen + $"instances = 16\nbanner = {{ file = {TomlText.Of(motd)} }}\n" + TomlText.ExecShell(Hello)),
            ("other", Listen + TomlText.ExecShell(Hello)));
        int sockets = SocketsOf(daemon.Pid);
        Client[] deaf = [.. Enumerable.Range(0, 15).Select(_ => ConnectDeaf(daemon.Port("hi")))];
        try
        {
            using Client reader = daemon.Connect("hi");
            Assert.That(reader.ReadToEnd(), Has.Length.EqualTo(Large + "hello\n".Length));
            long before = MemoryKiB(daemon.Pid);
            using Client other = daemon.Connect("other");
            Assert.That(other.ReadToEnd(), Is.EqualTo("hello\n"));
            Assert.That(before, Is.LessThan(200 * 1024), "the text is in memory once, not once per client");

            LogLine[] refusals = daemon.WaitFor(line => line.Is("refuse", "hi"), deaf.Length, "those that do not read have had their time");
            Assert.That(refusals.Select(line => line["reason"]), Is.All.EqualTo("banner"));
            Assert.That(daemon.Log.Where(line => line.Event == "talk_failed").Select(line => line["reason"]), Is.All.EqualTo("deadline"));
            Assert.That(refusals.Select(line => line["peer"]), Is.EquivalentTo(deaf.Select(client => client.Address)));
            Assert.That(daemon.Log.Count(line => line.Is("accept", "hi")), Is.EqualTo(1));
            Assert.That(SocketsOf(daemon.Pid), Is.AtMost(sockets), "nothing is left of them");
        }
        finally
        {
            Array.ForEach(deaf, client => client.Dispose());
        }
    }

    [Test]
    public void Refused_clients_that_do_not_go_away_take_a_bounded_number_of_descriptors()
    {
        using Daemon daemon = Daemon.Start(
            ("one", OneAtATime + "banner_fail = \"full\\n\"\n" + s_untilTold),
            ("other", Listen + TomlText.ExecShell(Hello)));
        using Client first = daemon.Connect("one");
        Assert.That(first.ReadLine(), Is.EqualTo("hello"));
        int sockets = SocketsOf(daemon.Pid);
        var lingering = new List<Client>();
        try
        {
            int most = 0;
            for (int i = 0; i < 600; i++)
            {
                lingering.Add(daemon.ConnectFrom($"127.0.0.{2 + (i % 20)}", "one"));
                most = i % 50 == 0 ? Math.Max(most, SocketsOf(daemon.Pid)) : most;
            }

            // Connections are accepted in order: once the last is refused, all are.
            Assert.That(lingering[^1].ReadToEnd(), Is.EqualTo("full\n").Or.Empty);
            Assert.That(Math.Max(most, SocketsOf(daemon.Pid)), Is.AtMost(sockets + 260));
            using Client other = daemon.Connect("other");
            Assert.That(other.ReadToEnd(), Is.EqualTo("hello\n"));
            Patience.Until(() => SocketsOf(daemon.Pid) <= sockets, "those that linger are closed");
        }
        finally
        {
            lingering.ForEach(client => client.Dispose());
        }
    }

    [Test]
    public void One_source_that_does_not_go_away_leaves_others_their_refusal_text()
    {
        using Daemon daemon = Daemon.Start(("one", OneAtATime + "banner_fail = \"full\\n\"\n" + s_untilTold));
        using Client first = daemon.Connect("one");
        Assert.That(first.ReadLine(), Is.EqualTo("hello"));
        int sockets = SocketsOf(daemon.Pid);
        var lingering = new List<Client>();
        try
        {
            for (int i = 0; i < 300; i++)
            {
                lingering.Add(daemon.ConnectFrom("127.0.0.2", "one"));
            }

            // Connections are accepted in order: once this one has its text, all have been refused, and the first may have run out of time.
            using Client other = daemon.ConnectFrom("127.0.0.3", "one");
            Assert.That(other.ReadToEnd(), Is.EqualTo("full\n"));
            Assert.That(SocketsOf(daemon.Pid), Is.AtMost(sockets + 33));
            Assert.That(lingering[0].ReadToEnd(), Is.EqualTo("full\n"));
        }
        finally
        {
            lingering.ForEach(client => client.Dispose());
        }
    }

    [Test]
    public void A_client_that_goes_away_during_its_banner_is_recorded_once_and_launches_nothing()
    {
        using TempDir texts = new();
        string motd = texts.Write("motd", new string('b', Large));
        using Daemon daemon = Daemon.Start(
            (
                "hi",
                Listen + $"instances = 1\nwhen_full = 'queue'\nbanner = {{ file = {TomlText.Of(motd)} }}\n" + TomlText.ExecShell(Hello)));
        using (Client leaver = ConnectDeaf(daemon.Port("hi")))
        {
            Assert.That(leaver.ReadByte(), Is.EqualTo('b'));
        }

        LogLine refusal = daemon.WaitFor("refuse", "hi");
        Assert.That((refusal["reason"], daemon.WaitFor("talk_failed", "hi")["reason"]), Is.EqualTo(("banner", "gone")));

        // Its place is free again although the service queues.
        using Client next = daemon.Connect("hi");
        Assert.That(next.ReadToEnd(), Does.EndWith("bhello\n"));
        Assert.That(daemon.Stop(), Is.Zero);
        Assert.That(daemon.Log.Count(line => line.Is("accept", "hi")), Is.EqualTo(1));
    }

    [Test]
    public void Superd_ends_in_time_though_a_client_is_in_the_middle_of_its_banner()
    {
        using TempDir texts = new();
        string motd = texts.Write("motd", new string('b', Large));
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Top = "shutdown_grace = '100ms'" },
            ("hi", Listen + $"banner = {{ file = {TomlText.Of(motd)} }}\n" + TomlText.ExecShell(Hello)));
        using Client deaf = ConnectDeaf(daemon.Port("hi"));
        Assert.That(deaf.ReadByte(), Is.EqualTo('b'));

        Assert.That(daemon.Stop(), Is.Zero);
        Assert.That(
            (daemon.WaitFor("refuse", "hi")["reason"], daemon.WaitFor("talk_failed", "hi")["reason"]), Is.EqualTo(("banner", "shutdown")));
    }

    /// <summary>A client whose kernel buffers next to nothing while the client does not read.</summary>
    private static Client ConnectDeaf(int port) => new(port, receiveBuffer: 4096);

    private static int SocketsOf(int pid) =>
        ProcFs.Descriptors(pid).Values.Count(target => target.StartsWith("socket:", StringComparison.Ordinal));

    private static long MemoryKiB(int pid) => long.Parse(ProcFs.Status(pid, "VmRSS").Split(' ')[0]);
}
