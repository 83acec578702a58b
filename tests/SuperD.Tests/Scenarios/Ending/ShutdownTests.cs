using System.Globalization;
using System.Net.Sockets;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Ending;

/// <summary>How superd shuts down: the listeners, the running handlers, and handlers that refuse to end.</summary>
public sealed class ShutdownTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n";

    /// <summary>So long that a test waiting for it would time out.</summary>
    private const string LongGrace = "shutdown_grace = '1h'";

    private static readonly string s_conversation = TomlText.ExecShell("echo hello; read line; echo \"got $line\"");
    private static readonly string s_sleepy = TomlText.ExecShell("echo hello; exec sleep 1000");
    private static readonly string s_stubborn = TomlText.ExecShell("trap '' TERM; echo hello; exec sleep 1000");

    [TestCase(Signal.SIGTERM, TestName = "SIGTERM_stops_listening_at_once_and_lets_handlers_finish")]
    [TestCase(NativeMethods.SIGINT, TestName = "SIGINT_stops_listening_at_once_and_lets_handlers_finish")]
    public void A_signal_to_end_stops_listening_at_once_and_lets_handlers_finish(int signal)
    {
        using Daemon daemon = Daemon.Start(new DaemonOptions { Top = LongGrace }, ("talk", Listen + s_conversation));
        int port = daemon.Port("talk");
        using Client client = Greeted(daemon, "talk");

        daemon.Signal(signal);

        LogLine draining = daemon.WaitFor(line => line.Event == "shutdown_draining", "superd lets the handlers finish");
        Assert.That(draining.Number("handlers"), Is.EqualTo(1));
        Assert.That(Client.IsRefused(port), Is.True);
        Assert.That(client.Send("it\n").ReadToEnd(), Is.EqualTo("got it\n"));
        Assert.That(daemon.WaitForExit(), Is.Zero);
        Assert.That(daemon.Records().Single().Number("exit"), Is.Zero);
        Assert.That(daemon.Log[^1].Event, Is.EqualTo("stop"));
        Assert.That(daemon.Log[^1].Number("exit_code"), Is.Zero);
    }

    [Test]
    public void A_superd_without_handlers_ends_at_once()
    {
        using Daemon daemon = Daemon.Start(new DaemonOptions { Top = LongGrace }, ("talk", Listen + s_conversation));

        Assert.That(daemon.Stop(), Is.Zero);
    }

    [Test]
    public void However_often_it_is_asked_at_once_it_ends_well()
    {
        // Work posted by a signal or a finished reload may arrive after the loop has stopped, or while the last lines are written.
        int[] signals = [NativeMethods.SIGHUP, NativeMethods.SIGINT, Signal.SIGUSR1, Signal.SIGTERM, NativeMethods.SIGHUP];
        for (int i = 0; i < 10; i++)
        {
            using Daemon daemon = Daemon.Start(new DaemonOptions { Top = LongGrace }, ("talk", Listen + s_conversation));

            Array.ForEach(signals, daemon.SignalIfThere);

            Assert.That(daemon.WaitForExit(), Is.Zero);
            Assert.That(daemon.Log.Select(line => line.Event), Does.Contain("stop"));
        }
    }

    [Test]
    public void Handlers_that_do_not_finish_get_TERM_after_the_grace()
    {
        using Daemon daemon = Daemon.Start(new DaemonOptions { Top = "shutdown_grace = '500ms'" }, ("sleepy", Listen + s_sleepy));
        using Client client = Greeted(daemon, "sleepy");

        Assert.That(daemon.Stop(), Is.Zero);

        LogLine end = daemon.Records().Single();
        Assert.That(end["signal"], Is.EqualTo("TERM"));
        string[] phases = ["shutdown_draining", "shutdown_terminating", "end"];
        Assert.That(daemon.Log.Select(line => line.Event).Intersect(phases), Is.EqualTo(phases), "not before the grace is over");
    }

    [Test]
    public void Handlers_that_ignore_TERM_get_KILL_each_after_its_own_stop_grace()
    {
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Top = "shutdown_grace = '1ms'" },
            ("patient", Listen + "stop_grace = '600ms'\n" + s_stubborn),
            ("short", Listen + "stop_grace = '1ms'\n" + s_stubborn));
        using Client one = Greeted(daemon, "patient");
        using Client two = Greeted(daemon, "short");

        Assert.That(daemon.Stop(), Is.Zero);

        LogLine[] ends = daemon.Records();
        Assert.That(ends.Select(line => line["signal"]), Is.EqualTo((string[])["KILL", "KILL"]));
        Assert.That(ends.Select(line => line["reason"]), Is.All.EqualTo("shutdown"));
        Assert.That(
            ends.Select(line => line["service"]), Is.EqualTo((string[])["short", "patient"]), "the one with the longer grace goes last");
    }

    [Test]
    public void Each_further_signal_shortens_the_wait()
    {
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Top = LongGrace },
            ("sleepy", Listen + "stop_grace = '1h'\n" + s_sleepy),
            ("stubborn", Listen + "stop_grace = '1h'\n" + s_stubborn));
        using Client sleepy = Greeted(daemon, "sleepy");
        using Client stubborn = Greeted(daemon, "stubborn");

        daemon.Signal(Signal.SIGTERM);
        _ = daemon.WaitFor(line => line.Event == "shutdown_draining", "superd lets the handlers finish");
        daemon.Signal(Signal.SIGTERM);

        Assert.That(daemon.WaitFor("end", "sleepy")["signal"], Is.EqualTo("TERM"));
        daemon.Signal(Signal.SIGTERM);
        Assert.That(daemon.WaitFor("end", "stubborn")["signal"], Is.EqualTo("KILL"));
        Assert.That(daemon.WaitForExit(), Is.Zero);
        Assert.That(daemon.Records(), Has.Length.EqualTo(2));
    }

    [Test]
    public void SIGQUIT_kills_the_handlers_at_once()
    {
        using Daemon daemon = Daemon.Start(new DaemonOptions { Top = LongGrace }, ("talk", Listen + s_conversation));
        using Client client = Greeted(daemon, "talk");

        daemon.Signal(NativeMethods.SIGQUIT);

        Assert.That(daemon.WaitForExit(), Is.Zero);
        Assert.That(daemon.Records().Single()["signal"], Is.EqualTo("KILL"));
        Assert.That(client.IsClosedWithoutReply(), Is.True);
    }

    [Test]
    public void Signals_that_come_after_the_last_resort_lose_no_record()
    {
        const int count = 20;
        int[] signals = [NativeMethods.SIGQUIT, Signal.SIGTERM, NativeMethods.SIGINT, NativeMethods.SIGQUIT, Signal.SIGTERM];
        using Daemon daemon = Daemon.Start(new DaemonOptions { Top = LongGrace }, ("stubborn", Listen + s_stubborn));
        Client[] clients = [.. Enumerable.Range(0, count).Select(_ => daemon.Connect("stubborn"))];
        _ = daemon.WaitFor(line => line.Is("accept", "stubborn"), count, "all handlers run");

        Array.ForEach(signals, daemon.SignalIfThere);

        Assert.That(daemon.WaitForExit(), Is.Zero);
        Assert.That(daemon.Records(), Has.Length.EqualTo(count));
        Assert.That(daemon.Log.Select(line => line.Event), Does.Not.Contain("shutdown_gives_up"));
        Array.ForEach(clients, client => client.Dispose());
    }

    [Test]
    public void Whatever_signals_come_under_load_it_ends_well_with_a_record_of_every_connection([Range(1, 8)] int seed)
    {
        var random = new Random(seed);
        int[] passing = [NativeMethods.SIGHUP, Signal.SIGUSR1, Signal.SIGUSR2];
        int[] ending = [Signal.SIGTERM, NativeMethods.SIGINT, NativeMethods.SIGQUIT];
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Top = "shutdown_grace = '100ms'" },
            ("stays", Listen + "stop_grace = '100ms'\n" + s_conversation),
            ("leaves", Listen + "close = 'immediate'\n" + TomlText.ExecShell("sleep 100 & echo left")),
            ("echo", Listen + "builtin = 'echo'\n"));
        SteadyLoad[] loads =
        [
            .. ((string[])["stays", "leaves", "echo"]).Select(service => new SteadyLoad(daemon.Port(service), "", perSecond: 100))
        ];

        try
        {
            for (int left = random.Next(5); left > 0; left--)
            {
                LetCome(random.Next(15));
                daemon.Signal(random.GetItems(passing, 1)[0]);
            }

            LetCome(1 + random.Next(15));
            for (int left = 1 + random.Next(3); left > 0; left--)
            {
                daemon.SignalIfThere(random.GetItems(ending, 1)[0]);
                LetCome(random.Next(2) * random.Next(5));
            }

            Assert.That(daemon.WaitForExit(), Is.Zero);
        }
        finally
        {
            Array.ForEach(loads, load => load.Abandon());
        }

        Assert.That(daemon.Records(), Is.Not.Empty);
        Assert.That(daemon.Log.Select(line => line.Event), Does.Contain("stop").And.Not.Contain("shutdown_gives_up"));

        // Clients that find superd gone count too.
        void LetCome(int clients)
        {
            long enough = loads.Sum(load => load.Connections) + clients;
            Patience.Until(() => loads.Sum(load => load.Connections) >= enough, "so many clients have come");
        }
    }

    [Test]
    public void The_whole_process_group_of_a_handler_is_ended()
    {
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Top = "shutdown_grace = '1ms'" },
            ("family", Listen + TomlText.ExecShell("sleep 1000 & echo $!; wait")));
        using Client client = daemon.Connect("family");
        int child = int.Parse(client.ReadLine(), CultureInfo.InvariantCulture);
        _ = daemon.AcceptOf(client);
        Assert.That(ProcFs.IsRunning(child), Is.True);

        Assert.That(daemon.Stop(), Is.Zero);

        Assert.That(daemon.Records().Single()["signal"], Is.EqualTo("TERM"));
        Patience.Until(() => !ProcFs.IsRunning(child), "the handler's own child has ended too");
    }

    [Test]
    public void A_wait_handler_is_ended_like_any_other()
    {
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Top = "shutdown_grace = '1ms'" },
            ("door", Listen + "wait = true\n" + TomlText.ExecTestHandler("accept", "2")));
        int port = daemon.Port("door");
        using Client client = daemon.Connect("door");
        Assert.That(client.ReadLine(), Does.StartWith("served by"));
        _ = daemon.WaitFor("start_wait", "door");

        Assert.That(daemon.Stop(), Is.Zero);

        Assert.That(daemon.Records().Single()["signal"], Is.EqualTo("TERM"));
        Assert.That(Client.IsRefused(port), Is.True);
    }

    [Test]
    public void A_signal_amid_a_rush_of_clients_leaves_no_connection_without_its_record()
    {
        const int count = 200;
        using Daemon daemon = Daemon.Start(new DaemonOptions { Top = LongGrace }, ("quick", Listen + TomlText.ExecShell("echo hello")));
        int port = daemon.Port("quick");
        Task<string?[]> answers = Task.Run(() => Enumerable.Range(0, count).AsParallel().Select(_ => AskOrBeTurnedAway(port)).ToArray());
        _ = daemon.WaitFor(line => line.Event == "accept", 10, "the rush is on");

        Assert.That(daemon.Stop(), Is.Zero);

        Assert.That(answers.Wait(Patience.Limit), Is.True);
        LogLine[] records = daemon.Records();
        Assert.That(records.Select(line => line.Event), Is.All.EqualTo("end"));
        Assert.That(records.Select(line => line.Number("exit")), Is.All.Zero);
        Assert.That(answers.Result.Count(answer => answer == "hello"), Is.EqualTo(records.Length), "who has a record was served");
    }

    /// <summary>The service's answer; null when it no longer listens, or closes before it accepts.</summary>
    private static string? AskOrBeTurnedAway(int port)
    {
        try
        {
            using var client = new Client(port);
            return client.TryReadLine();
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return null;
        }
    }

    /// <summary>A client whose handler runs, as superd knows.</summary>
    private static Client Greeted(Daemon daemon, string service)
    {
        Client client = daemon.Connect(service);
        Assert.That(client.ReadLine(), Is.EqualTo("hello"));
        _ = daemon.AcceptOf(client);
        return client;
    }
}
