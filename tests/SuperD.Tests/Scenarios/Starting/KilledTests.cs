using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Starting;

/// <summary>
/// superd gets KILL and another one is started: conversations continue, the port is served again, and what is left behind ends eventually.
/// </summary>
public sealed class KilledTests
{
    private static readonly string s_conversation = TomlText.ExecShell("echo hello; read line; echo bye $line");

    [Test]
    public void Conversations_go_on_and_the_next_superd_serves_at_once()
    {
        const int count = 20;
        (string, string)[] services = [("talk", $"listen = '127.0.0.1:{FreePort.Find()}'\n" + s_conversation)];
        using Daemon first = Daemon.Start(services);
        Client[] clients = [.. Enumerable.Range(0, count).Select(_ => first.Connect("talk"))];
        Assert.That(clients.Select(client => client.ReadLine()), Is.All.EqualTo("hello"));

        Kill(first);
        using Daemon second = Daemon.Start(new DaemonOptions { Directory = first.Directory }, services);

        using Client next = second.Connect("talk");
        Assert.That(next.ReadLine(), Is.EqualTo("hello"));
        Assert.That(clients.Select(client => client.Send("friend\n").ReadToEnd()), Is.All.EqualTo("bye friend\n"));
        Array.ForEach(clients, client => client.Dispose());
    }

    [Test]
    public void What_is_left_of_it_ends_when_its_time_is_over()
    {
        Needs.Root();
        (string, string)[] services =
        [
            (
                "stay",
                $"listen = '127.0.0.1:{FreePort.Find()}'\nstop_grace = '1s'\n" + TomlText.ExecShell("setsid sleep 1000 & exec sleep 1000")),
        ];
        var options = new DaemonOptions { Top = "shutdown_grace = '500ms'" };
        using Daemon first = Daemon.Start(options, services);
        using Client client = first.Connect("stay");
        int handler = first.HandlerOf(client);
        string groups = first.WaitFor(line => line.Event == "orphan_means", "the means are told")["means"].Split(' ')[^1];
        Patience.Until(() => ProcFs.Children(handler).Length == 1, "the handler has its child");
        int child = ProcFs.Children(handler).Single();

        Kill(first);
        using Daemon second = Daemon.Start(new DaemonOptions { Top = options.Top, Directory = first.Directory }, services);

        Assert.That(second.WaitFor(line => line.Event == "leftovers_found", "they are told").Number("processes"), Is.EqualTo(2));
        Patience.Until(() => !ProcFs.IsRunning(handler) && !ProcFs.IsRunning(child), "they are ended");
        Patience.Until(() => !Directory.Exists(groups), "their cgroup is removed");
        Assert.That(second.Stop(), Is.Zero);
    }

    private static void Kill(Daemon daemon)
    {
        daemon.Signal(Signal.SIGKILL);
        Assert.That(daemon.WaitForExit(), Is.Not.Zero);
    }
}
