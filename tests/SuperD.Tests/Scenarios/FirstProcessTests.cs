using System.Globalization;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios;

/// <summary>superd as PID 1, in a pid namespace of its own as in a container: it also gets the children of processes that died.</summary>
public sealed class FirstProcessTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n";

    private static readonly DaemonOptions s_asFirstProcess = new()
    {
        Wrapper = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"],
    };

    [SetUp]
    public void Check_the_machine()
    {
        Needs.Root();
        Needs.Program("unshare");
    }

    [Test]
    public void Processes_that_handlers_leave_behind_are_reaped()
    {
        const int count = 20;
        using Daemon daemon = Daemon.Start(s_asFirstProcess, ("leave", Listen + "orphans = 'keep'\n" + TomlText.ExecShell("sleep 0.2 >&- 2>&- & echo left")));
        Assert.That(daemon.WaitFor(line => line.Event == "start", "superd has started").Number("pid"), Is.EqualTo(1));

        for (int i = 0; i < count; i++)
        {
            using Client client = daemon.Connect("leave");
            Assert.That(client.ReadLine(), Is.EqualTo("left"));
        }

        LogLine[] reaped = daemon.WaitFor(line => line.Event == "orphan_reaped", count, "all orphans are reaped");
        Assert.That(reaped.Select(line => line["exit"]), Is.All.EqualTo("0"));
        Patience.Until(() => ProcFs.Children(daemon.Pid).Length == 0, "superd has no child left, not even a zombie");
        Assert.That(daemon.Stop(), Is.Zero);
        Assert.That(daemon.Records(), Has.Length.EqualTo(count));
    }

    [Test]
    public void The_exit_status_of_every_handler_is_its_own_however_many_orphans_end_beside_it()
    {
        const int count = 200;
        string script = "read n; (sleep 0.01 >&- 2>&- &); (true &); exit $n";
        using Daemon daemon = Daemon.Start(s_asFirstProcess, ("count", Listen + TomlText.ExecShell(script)));
        Client[] clients = [.. Enumerable.Range(0, count).Select(_ => daemon.Connect("count"))];

        for (int n = 0; n < count; n++)
        {
            clients[n].Send(n.ToString(CultureInfo.InvariantCulture) + "\n");
        }

        _ = daemon.WaitFor(line => line.Event == "end", count, "all handlers have ended");
        LogLine[] records = daemon.Records();
        for (int n = 0; n < count; n++)
        {
            LogLine end = records.Single(line => line["conn"] == daemon.AcceptOf(clients[n])["conn"]);
            Assert.That(end.Fields.GetValueOrDefault("exit"), Is.EqualTo(n.ToString(CultureInfo.InvariantCulture)), end.Raw);
        }

        Array.ForEach(clients, client => client.Dispose());
        Patience.Until(() => ProcFs.Children(daemon.Pid).Length == 0, "superd has no child left, not even a zombie");
        Assert.That(daemon.Stop(), Is.Zero);
    }
}
