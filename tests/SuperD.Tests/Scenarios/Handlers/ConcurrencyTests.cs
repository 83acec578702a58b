using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Handlers;

/// <summary>How many handlers of a service run at once, and what happens to a connection beyond the limit.</summary>
public sealed class ConcurrencyTests
{
    [Test]
    public void Handlers_of_a_service_run_at_the_same_time()
    {
        using Daemon daemon = Daemon.Start(
            ("echo", "listen = '127.0.0.1:0'\n" + TomlText.ExecShell("echo hello; read line; echo \"got $line\"")));

        using Client first = daemon.Connect("echo");
        using Client second = daemon.Connect("echo");

        Assert.That(second.ReadLine(), Is.EqualTo("hello"));
        Assert.That(first.ReadLine(), Is.EqualTo("hello"));
        Assert.That(second.Send("two\n").ReadToEnd(), Is.EqualTo("got two\n"));
        Assert.That(first.Send("one\n").ReadToEnd(), Is.EqualTo("got one\n"));
    }

    [Test]
    public void A_connection_beyond_instances_is_refused_and_launches_nothing()
    {
        using Daemon daemon = Daemon.Start(
            ("one", "listen = '127.0.0.1:0'\ninstances = 1\nwhen_full = 'refuse'\n" + TomlText.ExecShell("echo hello; read line")));
        using Client first = daemon.Connect("one");
        Assert.That(first.ReadLine(), Is.EqualTo("hello"));

        using Client second = daemon.Connect("one");

        Assert.That(second.IsClosedWithoutReply(), Is.True);
        LogLine refusal = daemon.WaitFor("refuse", "one");
        Assert.That(refusal["reason"], Is.EqualTo("instances"));
        Assert.That(refusal["peer"], Is.EqualTo(second.Address));
        Assert.That(refusal["count"], Is.EqualTo("1/1"));
        Assert.That(ProcFs.Children(daemon.Pid), Has.Length.EqualTo(1));
    }

    [Test]
    public void One_instance_with_a_queue_is_the_iterative_server_and_keeps_the_order()
    {
        using Daemon daemon = Daemon.Start(
            (
                "next",
                "listen = '127.0.0.1:0'\ninstances = 1\nwhen_full = 'queue'\n" + TomlText.ExecShell("echo hello; read line; echo bye")));
        Client[] clients = [.. Enumerable.Range(0, 5).Select(_ => daemon.Connect("next"))];
        string[] addresses = [.. clients.Select(client => client.Address)];

        foreach (Client client in clients)
        {
            Assert.That(client.ReadLine(), Is.EqualTo("hello"));
            Assert.That(ProcFs.Children(daemon.Pid), Has.Length.EqualTo(1));
            Assert.That(client.Send("go\n").ReadToEnd(), Is.EqualTo("bye\n"));
            client.Dispose();
        }

        LogLine[] accepts = daemon.WaitFor(line => line.Is("accept", "next"), 5, "five connections were accepted");
        Assert.That(accepts.Select(line => line["peer"]), Is.EqualTo(addresses));
        _ = daemon.WaitFor(line => line.Is("end", "next"), 5, "five connections have ended");
    }
}
