using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Admission;

/// <summary>A port that acts as a trap.</summary>
public sealed class SensorTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n";

    private static readonly string s_hello = Listen + TomlText.ExecShell("echo hello");

    [Test]
    public void The_visitors_of_a_sensor_are_refused_by_all_services_and_nobody_else_is()
    {
        using Daemon daemon = Daemon.Start(("trap", Listen + "sensor = '10m'"), ("a", s_hello), ("b", s_hello));
        Assert.That(IsServed(daemon, "127.0.0.2", "a"), Is.True);
        Assert.That(IsServed(daemon, "127.0.0.2", "trap"), Is.False);
        Assert.That(
            (IsServed(daemon, "127.0.0.2", "a"), IsServed(daemon, "127.0.0.2", "b"), IsServed(daemon, "127.0.0.3", "a")),
            Is.EqualTo((false, false, true)));
        Assert.That((daemon.WaitFor("refuse", "trap")["reason"], daemon.WaitFor("refuse", "b")["reason"]), Is.EqualTo(("trap", "sensor")));
    }

    [Test]
    public void After_its_time_a_visitor_is_served_again()
    {
        using Daemon daemon = Daemon.Start(("trap", Listen + "sensor = '1s'"), ("a", s_hello));
        Assert.That(IsServed(daemon, "127.0.0.2", "trap"), Is.False);
        Patience.Until(() => IsServed(daemon, "127.0.0.2", "a"), "the visitor is served again");
    }

    [Test]
    public void Who_is_exempt_may_visit_a_sensor_without_consequences()
    {
        using Daemon daemon = Daemon.Start(("trap", Listen + "sensor = { time = '10m', exempt = '127.0.0.2' }"), ("a", s_hello));
        Assert.That(IsServed(daemon, "127.0.0.2", "trap"), Is.False);
        Assert.That(IsServed(daemon, "127.0.0.2", "a"), Is.True);
    }

    [Test]
    public void A_running_handler_of_a_visitor_is_left_alone()
    {
        using Daemon daemon = Daemon.Start(
            ("trap", Listen + "sensor = '10m'"), ("a", Listen + TomlText.ExecShell("read line; echo $line")));
        using Client client = daemon.ConnectFrom("127.0.0.2", "a");
        _ = daemon.WaitFor("accept", "a");
        Assert.That(IsServed(daemon, "127.0.0.2", "trap"), Is.False);
        Assert.That(client.Send("still here\n").ReadToEnd(), Is.EqualTo("still here\n"));
    }

    private static bool IsServed(Daemon daemon, string from, string service)
    {
        using Client client = daemon.ConnectFrom(from, service);
        return !client.IsClosedWithoutReply();
    }
}
