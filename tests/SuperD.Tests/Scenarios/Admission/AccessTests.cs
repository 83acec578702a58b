using System.Globalization;
using System.Net.Sockets;
using NUnit.Framework;
using SuperD.Admission;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Admission;

/// <summary>Who is admitted and when: address lists, address files, times, load.</summary>
public sealed class AccessTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n";

    private static readonly string s_hello = Listen + TomlText.ExecShell("echo hello");

    [Test]
    public void Only_from_admits_who_is_in_it_and_refuses_others()
    {
        using Daemon daemon = Daemon.Start(("han", s_hello + "only_from = '127.0.0.2'"));
        using Client stranger = daemon.Connect("han");
        Assert.That(stranger.IsClosedWithoutReply(), Is.True);
        LogLine refusal = daemon.WaitFor("refuse", "han");
        Assert.That((refusal["reason"], refusal["peer"]), Is.EqualTo(("only_from", stranger.Address)));
        using Client guest = daemon.ConnectFrom("127.0.0.2", "han");
        Assert.That(guest.ReadToEnd(), Is.EqualTo("hello\n"));
    }

    [Test]
    public void The_longer_prefix_decides_between_only_from_and_no_access()
    {
        using Daemon daemon = Daemon.Start(("han", s_hello + "only_from = ['127.0.0.0/8', '127.0.1.1']\nno_access = '127.0.1.0/24'"));
        string[] replies = [.. new[] { "127.0.0.2", "127.0.1.1", "127.0.1.2" }.Select(address =>
        {
            using Client client = daemon.ConnectFrom(address, "han");
            return client.IsClosedWithoutReply() ? "refused" : "served";
        })];
        Assert.That(replies, Is.EqualTo(new[] { "served", "served", "refused" }));
        Assert.That(daemon.WaitFor("refuse", "han")["reason"], Is.EqualTo("no_access"));
    }

    [Test]
    public void A_denied_connection_is_no_instance()
    {
        using Daemon daemon = Daemon.Start(
            ("han", Listen + TomlText.ExecShell("echo hello; read line") + "instances = 1\nno_access = '127.0.0.2'"));
        for (int i = 0; i < 50; i++)
        {
            using Client denied = daemon.ConnectFrom("127.0.0.2", "han");
            Assert.That(denied.IsClosedWithoutReply(), Is.True);
        }

        using Client guest = daemon.Connect("han");
        Assert.That(guest.ReadLine(), Is.EqualTo("hello"));
        Assert.That(daemon.WaitFor("accept", "han")["handlers"], Is.EqualTo("1/1"));
    }

    [Test]
    public void Ten_thousand_denied_connections_cause_no_launch_and_leave_nothing_open()
    {
        const int Connections = 10_000;
        using Daemon daemon = Daemon.Start(("han", Listen + TomlText.ExecShell("echo launched") + "no_access = '127.0.0.2'"));
        var port = daemon.Port("han");
        int openBefore = ProcFs.CountDescriptors(daemon.Pid);
        for (int i = 0; i < Connections; i++)
        {
            using Client denied = new(port, from: System.Net.IPAddress.Parse("127.0.0.2"));
            Assert.That(denied.IsClosedWithoutReply(), Is.True);
        }

        Patience.Until(() => ProcFs.CountDescriptors(daemon.Pid) <= openBefore, "all are closed");
        Assert.That(ProcFs.Children(daemon.Pid), Is.Empty);
        Assert.That(daemon.Stop(), Is.Zero);
        Assert.That(daemon.Log.Where(line => line.Event is "accept" or "end"), Is.Empty);
        Assert.That(daemon.Refusals("han"), Is.EqualTo(Connections), "each is in the log, as a line or in a number");
        Assert.That(daemon.Log.Count(line => line.Event == "refuse"), Is.LessThan(Connections / 10), "and does not fill the disk");
    }

    [Test]
    public void Refused_clients_see_the_end_of_a_stream_and_those_of_a_flood_a_reset()
    {
        using Daemon daemon = Daemon.Start(("han", s_hello + "no_access = '127.0.0.2'"));
        for (int i = 0; i < RefusalLog.LinesPerInterval; i++)
        {
            using Client denied = daemon.ConnectFrom("127.0.0.2", "han");
            Assert.That(denied.ReadToEnd(), Is.Empty);
        }

        using Client another = daemon.ConnectFrom("127.0.0.2", "han");
        Assert.That(
            another.ReadToEnd,
            Throws.InstanceOf<SocketException>().With.Property(
                nameof(SocketException.SocketErrorCode)).EqualTo(SocketError.ConnectionReset));
    }

    [Test]
    public void The_last_instances_are_kept_for_operators_after_a_reload_and_an_upgrade_too()
    {
        string cat = Listen + "exec = '/bin/cat'\ninstances = 3\n";
        using Daemon daemon = Daemon.Start(("han", cat));
        using Client one = daemon.ConnectFrom("127.0.0.2", "han");
        using Client two = daemon.ConnectFrom("127.0.0.2", "han");
        Assert.That((one.Send("a\n").ReadLine(), two.Send("a\n").ReadLine()), Is.EqualTo(("a", "a")));

        daemon.Write("han", cat + "reserve = { slots = 1, from = '127.0.0.9' }\n");
        daemon.Reload();
        using Client three = daemon.ConnectFrom("127.0.0.2", "han");
        Assert.That(three.IsClosedWithoutReply(), Is.True);
        Assert.That(daemon.WaitFor("refuse", "han")["reason"], Is.EqualTo("reserve"));

        daemon.Upgrade();
        using Client four = daemon.ConnectFrom("127.0.0.2", "han");
        using Client operators = daemon.ConnectFrom("127.0.0.9", "han");
        Assert.That(four.IsClosedWithoutReply(), Is.True);
        Assert.That(operators.Send("b\n").ReadLine(), Is.EqualTo("b"));
        Assert.That(
            SuperdProgram.Run(daemon.Directory.Path, ["status", "han"]).StandardOutput, Does.Contain(" 3/3, the last 1 reserved\n"));
    }

    [Test]
    public void A_file_of_addresses_is_read_again_when_it_changes()
    {
        using TempDir lists = new();
        lists.Write("blocked.txt", "127.0.0.2\n");
        using Daemon daemon = Daemon.Start(("han", s_hello + $"no_access = {TomlText.Of("@" + lists["blocked.txt"])}"));
        using (Client denied = daemon.ConnectFrom("127.0.0.2", "han"))
        {
            Assert.That(denied.IsClosedWithoutReply(), Is.True);
        }

        lists.Write("blocked.txt", "127.0.0.3 # another one\n");
        _ = daemon.WaitFor(line => line.Event == "addresses_read", "the file was read again");
        using Client free = daemon.ConnectFrom("127.0.0.2", "han");
        using Client blocked = daemon.ConnectFrom("127.0.0.3", "han");
        Assert.That(free.ReadToEnd(), Is.EqualTo("hello\n"));
        Assert.That(blocked.IsClosedWithoutReply(), Is.True);

        lists.Write("blocked.txt", "127.0.0.4 oops\n");
        _ = daemon.WaitFor(line => line.Event == "addresses_kept", "the mistake is told");
        using Client stillBlocked = daemon.ConnectFrom("127.0.0.3", "han");
        Assert.That(stillBlocked.IsClosedWithoutReply(), Is.True, "a mistake never opens a service");
    }

    [Test]
    public void A_bad_item_keeps_its_service_out_and_no_other()
    {
        using Daemon daemon = Daemon.Start(("bad", s_hello + "no_access = ['127.0.0.2', 'typo.example']"), ("good", s_hello));
        using Client client = daemon.Connect("good");
        Assert.That(client.ReadToEnd(), Is.EqualTo("hello\n"));
        Assert.That(daemon.Log.Where(line => line.Is("listen", "bad")), Is.Empty);
    }

    [Test]
    public void Outside_its_access_times_a_service_refuses()
    {
        using Daemon daemon = Daemon.Start(
            ("closed", s_hello + $"access_times = '{Hours(2, 3)}'\ntime_zone = 'UTC'"),
            ("open", s_hello + $"access_times = ['{Hours(2, 3)}', '{Hours(-2, 2)}']\ntime_zone = 'UTC'"));
        using Client early = daemon.Connect("closed");
        using Client guest = daemon.Connect("open");
        Assert.That(early.IsClosedWithoutReply(), Is.True);
        Assert.That(guest.ReadToEnd(), Is.EqualTo("hello\n"));
        Assert.That(daemon.WaitFor("refuse", "closed")["reason"], Is.EqualTo("access_times"));
    }

    [Test]
    public void A_wait_service_outside_its_access_times_refuses_each_client_and_is_not_suspended()
    {
        using Daemon daemon = Daemon.Start(
            ("closed", Listen + TomlText.ExecTestHandler("accept") + $"wait = true\naccess_times = '{Hours(2, 3)}'\ntime_zone = 'UTC'"));
        for (int i = 0; i < 3; i++)
        {
            using Client client = daemon.Connect("closed");
            Assert.That(client.IsClosedWithoutReply(), Is.True);
        }

        LogLine[] refusals = daemon.WaitFor(line => line.Is("refuse", "closed"), 3, "three clients were refused");
        Assert.That(refusals.Select(line => line["reason"]), Is.All.EqualTo("access_times"));
        Assert.That(ProcFs.Children(daemon.Pid), Is.Empty);
    }

    [Test]
    public void Above_max_load_a_service_refuses()
    {
        using CancellationTokenSource done = new();
        Task work = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                // The machine may be idle, so keep it busy.
            }
        });
        Patience.Until(
            () => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture) > 0.01,
            "the machine has a load");
        done.Cancel();
        work.Wait();
        using Daemon daemon = Daemon.Start(("timid", s_hello + "max_load = 0.001"), ("bold", s_hello + "max_load = 1e6"));
        using Client refused = daemon.Connect("timid");
        using Client guest = daemon.Connect("bold");
        Assert.That(refused.IsClosedWithoutReply(), Is.True);
        Assert.That(guest.ReadToEnd(), Is.EqualTo("hello\n"));
        Assert.That(daemon.WaitFor("refuse", "timid")["reason"], Is.EqualTo("max_load"));
    }

    /// <summary>A window, given in hours from now, in UTC.</summary>
    private static string Hours(int from, int to)
    {
        DateTime now = DateTime.UtcNow;
        return $"{now.AddHours(from):HH:mm}-{now.AddHours(to):HH:mm}";
    }
}
