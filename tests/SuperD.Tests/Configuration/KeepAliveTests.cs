using NUnit.Framework;
using SuperD.Linux;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>keepalive and user_timeout.</summary>
public sealed class KeepAliveTests
{
    [TestCase("true", 60, 10, 6)]
    [TestCase("{}", 60, 10, 6)]
    [TestCase("{ idle = \"30s\" }", 30, 10, 6)]
    [TestCase("{ idle = \"9h6m7s\", interval = \"1s\", probes = 127 }", 32767, 1, 127)]
    public void Times_that_are_not_written_have_their_defaults(string value, int idle, int interval, int probes) =>
        Assert.That(DefinitionOf(Listen + Exec + "keepalive = " + value).KeepAlive, Is.EqualTo(new TcpKeepAlive(idle, interval, probes)));

    [Test]
    public void False_is_off() => Assert.That(DefinitionOf(Listen + Exec + "keepalive = false").KeepAlive, Is.Null);

    [TestCase(
        "\"60s\"",
        "3:13: error: keepalive must be true, false or a table, found \"60s\"; write keepalive = { idle = \"60s\" } if the time before the "
        + "first probe is meant")]
    [TestCase("\"yes\"", "3:13: error: keepalive must be true or false, without quotes, found the string \"yes\"; write keepalive = true")]
    [TestCase("{ idel = \"1s\" }", "3:15: error: unknown key \"keepalive.idel\"; did you mean 'keepalive.idle'?")]
    [TestCase(
        "{ idle = \"500ms\" }",
        "3:22: error: keepalive.idle must be whole seconds, from \"1s\" to \"9h6m7s\", as the kernel takes them, found \"500ms\"; "
        + "for example keepalive.idle = \"60s\"")]
    [TestCase(
        "{ interval = \"10h\" }",
        "3:26: error: keepalive.interval must be whole seconds, from \"1s\" to \"9h6m7s\", as the kernel takes them, found \"10h\"; for "
        + "example keepalive.interval = \"10s\"")]
    [TestCase("{ probes = 128 }", "3:24: error: keepalive.probes must be from 1 to 127, found 128; for example keepalive.probes = 6")]
    public void Times_that_the_kernel_would_not_take_are_errors(string value, string message) =>
        Assert.That(ProblemsOf(Listen + Exec + "keepalive = " + value), Is.EqualTo([message]));

    [Test]
    public void The_user_timeout_is_one_that_the_kernel_can_count()
    {
        Assert.That(DefinitionOf(Listen + Exec + "user_timeout = \"24d\"").UserTimeoutMs, Is.EqualTo(24 * 86_400_000L));
        Assert.That(
            ProblemsOf(Listen + Exec + "user_timeout = \"25d\""),
            Is.EqualTo(["3:16: error: user_timeout must be at most \"24d\", which the kernel can count; lower it"]));
        Assert.That(ProblemsOf(Listen + Exec + "user_timeout = \"0s\""), Has.One.Contains("user_timeout must be longer than 0s"));
        Assert.That(
            ProblemsOf("listen = \"unix:han.sock\"\n" + Exec + "user_timeout = \"9s\""),
            Is.EqualTo(["3:16: warning: user_timeout has no effect: no address of listen is TCP; delete the line"]));
    }
}
