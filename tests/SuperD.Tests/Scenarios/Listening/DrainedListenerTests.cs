using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Listening;

/// <summary>A drained service stops listening where superd can begin again, and keeps its port.</summary>
[TestFixture]
public sealed class DrainedListenerTests
{
    private const string Port = "listen = '127.0.0.1:0'\n", Talk = Port + "exec = ['/bin/sh', '-c', 'echo hello; read line; echo bye']\n";

    [Test]
    public void The_kernel_refuses_its_clients_live_ones_finish_and_resume_listens_at_the_same_port()
    {
        using Daemon daemon = Daemon.Start(("talk", Talk));
        int port = daemon.Port("talk");
        using Client live = Greeted(port), done = Greeted(port);
        Assert.That(done.Send("x\n").ReadToEnd(), Is.EqualTo("bye\n")); // its connection stays a while in TIME_WAIT

        Order(daemon, "drain", "talk");

        Assert.That(Client.IsRefused(port), Is.True);
        Assert.That(live.Send("x\n").ReadToEnd(), Is.EqualTo("bye\n"));
        Order(daemon, "drain", "talk");
        Order(daemon, "resume", "talk");
        using Client again = Greeted(port);
        Assert.That(daemon.Log.Any(line => line.Event == "refuse"), Is.False);
    }

    [Test]
    public void Who_waits_already_is_refused_by_superd_and_counted()
    {
        const int Many = 40;
        using Daemon daemon = Daemon.Start(("talk", Talk));
        int port = daemon.Port("talk");
        Order(daemon, "pause", "talk");
        Client[] waiting = [.. Enumerable.Range(0, Many).Select(_ => new Client(port))];

        Order(daemon, "drain", "talk");

        Assert.That(waiting.Select(client => client.IsClosedWithoutReply()), Is.All.True);
        Array.ForEach(waiting, client => client.Dispose());
        Patience.Until(() => daemon.Refusals("talk") == Many, "each has its record");
        Patience.Until(() => Client.IsRefused(port), "superd has stopped listening");
        Order(daemon, "pause", "talk");
        using Client paused = new(port);
        Order(daemon, "resume", "talk");
        Assert.That(paused.ReadLine(), Is.EqualTo("hello"));
    }

    [TestCase("", "instances = 1\nwhen_full = 'queue'\n")]
    [TestCase("max_handlers = 1", "instances = 5\nwhen_full = 'queue'\n")]
    public void Who_waits_for_a_place_is_refused_at_once(string top, string keys)
    {
        using Daemon daemon = Daemon.Start(new DaemonOptions { Top = top }, ("talk", Talk + keys));
        int port = daemon.Port("talk");
        using Client live = Greeted(port), waiting = new(port);

        Order(daemon, "drain", "talk");

        Assert.That(waiting.IsClosedWithoutReply(), Is.True);
        Assert.That(daemon.WaitFor("refuse", "talk").Reason, Is.EqualTo("drain"));
        Patience.Until(() => !Listens(port), "superd has stopped listening");
        Order(daemon, "resume", "talk");
        using Client next = new(port);
        Assert.That(live.Send("x\n").ReadToEnd(), Is.EqualTo("bye\n"));
        Assert.That(next.ReadLine(), Is.EqualTo("hello"), "it has waited for the place");
    }

    [Test]
    public void A_service_that_comes_while_superd_is_drained_does_not_listen()
    {
        using Daemon daemon = Daemon.Start(("talk", Talk));
        Order(daemon, "drain", null);

        daemon.Write("new", Talk);
        daemon.Reload();

        Patience.Until(() => !Listens(daemon.Port("new")), "superd has stopped listening");
        Order(daemon, "resume", null);
        using Client client = Greeted(daemon.Port("new"));
    }

    [Test]
    public void No_other_program_can_take_its_port()
    {
        using Daemon daemon = Daemon.Start(("talk", Talk), ("fixed", $"listen = '127.0.0.1:{FreePort.Find()}'\nexec = '/bin/cat'\n"));
        int[] ports = [daemon.Port("talk"), daemon.Port("fixed")];
        Order(daemon, "drain", null);

        foreach (int port in ports)
        {
            Assert.That(Client.IsRefused(port), Is.True);
            using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            other.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            SocketException? taken = Assert.Throws<SocketException>(() => other.Bind(new IPEndPoint(IPAddress.Loopback, port)));
            Assert.That(taken!.SocketErrorCode, Is.EqualTo(SocketError.AddressAlreadyInUse));
        }

        Order(daemon, "resume", null);
        using Client client = Greeted(ports[0]);
    }

    /// <summary>Sockets that other processes may have, and a file that could not listen again.</summary>
    [TestCase("wait = true\n" + Port)]
    [TestCase("listen = 'unix:talk.sock'\n")]
    public void One_that_cannot_stop_listening_refuses(string listen)
    {
        using Daemon daemon = Daemon.Start(("talk", listen + "exec = '/bin/cat'\n"));
        Order(daemon, "drain", "talk");

        EndPoint place = listen.Contains("unix", StringComparison.Ordinal)
            ? new UnixDomainSocketEndPoint(daemon.Directory["services.d/talk.sock"])
            : new IPEndPoint(IPAddress.Loopback, daemon.Port("talk"));
        using Client client = new(place);
        Assert.That(client.IsClosedWithoutReply(), Is.True);
        Assert.That(daemon.WaitFor("refuse", "talk").Reason, Is.EqualTo("drain"));
    }

    [Test]
    public void A_reload_keeps_it_as_it_is_and_gives_it_to_a_service_that_is_not_drained()
    {
        string fixedPort = Talk.Replace(":0", $":{FreePort.Find()}");
        using Daemon daemon = Daemon.Start(("talk", fixedPort));
        int port = daemon.Port("talk");
        Order(daemon, "drain", "talk");

        daemon.Write("talk", fixedPort + "backlog = 7\nnodelay = true\n");
        daemon.Reload();
        Assert.That(Client.IsRefused(port), Is.True);

        daemon.Write("other", fixedPort);
        daemon.Remove("talk");
        daemon.Reload();
        Patience.Until(() => !Client.IsRefused(port), "the other service listens");
        using Client client = Greeted(port);
        Assert.That(daemon.AcceptOf(client)["service"], Is.EqualTo("other"));
    }

    [Test]
    public void A_reload_binds_a_new_address_of_a_drained_service_which_the_kernel_refuses_too()
    {
        using Daemon daemon = Daemon.Start(("talk", Talk));
        Order(daemon, "drain", "talk");
        int added = FreePort.Find();

        daemon.Write("talk", Talk.Replace("'127.0.0.1:0'", $"['127.0.0.1:0', '127.0.0.1:{added}']"));
        daemon.Reload();

        Patience.Until(() => Client.IsRefused(added), "the new address refuses");
        Assert.That(Client.IsRefused(daemon.Port("talk")), Is.True);
        Order(daemon, "resume", "talk");
        using Client client = Greeted(added);
    }

    [Test]
    public void An_upgrade_keeps_it_as_it_is()
    {
        using Daemon daemon = Daemon.Start(("talk", Talk));
        int port = daemon.Port("talk");
        Order(daemon, "drain", "talk");

        daemon.Upgrade();

        Assert.That(Client.IsRefused(port), Is.True);
        Order(daemon, "resume", "talk");
        using Client client = Greeted(port);
    }

    /// <summary>Orders follow each other, with clients all the time: none hangs, and the last order counts.</summary>
    [Test]
    public void Each_client_is_served_or_refused_while_orders_follow_each_other()
    {
        const int Orders = 100;
        using Daemon daemon = Daemon.Start(("echo", Port + "exec = ['/bin/echo', 'hello']\n"));
        int port = daemon.Port("echo");
        using var stop = new CancellationTokenSource();
        Task<int> clients = Task.Run(() =>
        {
            int served = 0;
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    using var client = new Client(port);
                    served += client.TryReadLine() == "hello" ? 1 : 0;
                }
                catch (SocketException)
                {
                    // refused, or reset in the moment of the order
                }
            }

            return served;
        });
        for (int i = 0; i < Orders; i++)
        {
            Order(daemon, i % 3 == 0 ? "pause" : "drain", "echo");
            Order(daemon, "resume", "echo");
        }

        stop.Cancel();
        Assert.That(clients.Wait(Patience.Limit), Is.True);
        Assert.That(clients.Result, Is.Positive);
        using Client last = new(port);
        Assert.That(last.ReadLine(), Is.EqualTo("hello"));
        Assert.That(daemon.Stop(), Is.Zero);
    }

    private static Client Greeted(int port)
    {
        var client = new Client(port);
        Assert.That(client.ReadLine(), Is.EqualTo("hello"));
        return client;
    }

    /// <summary>Whether a socket listens at a port; see /proc/net/tcp in proc(5).</summary>
    private static bool Listens(int port) =>
        File.ReadLines("/proc/net/tcp").Any(line => line.Contains($":{port:X4} 00000000:0000 0A ", StringComparison.Ordinal));

    private static void Order(Daemon daemon, string command, string? service) =>
        Assert.That(
            ConsoleSocket.Ask(daemon, JsonSerializer.Serialize(service is null ? (object)new { command } : new { command, service }))
                .GetProperty("ok").GetBoolean(),
            Is.True);
}
