using NUnit.Framework;
using SuperD.Configuration;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>The keys about the end of connections and processes.</summary>
public sealed class EndingTests
{
    [Test]
    public void By_default_nothing_is_limited_orphans_end_and_replies_are_not_lost()
    {
        ServiceDefinition han = DefinitionOf(Listen + Exec);
        Assert.That(
            (han.RunTimeout, han.FirstByteTimeout, han.IdleTimeout, han.EndsOrphans, han.Close),
            Is.EqualTo(((TimeSpan?)null, (TimeSpan?)null, (TimeSpan?)null, true, CloseMode.Graceful)));
    }

    [Test]
    public void What_a_wait_service_leaves_behind_lives_on_unless_the_file_says_otherwise()
    {
        Assert.That(DefinitionOf(Listen + Exec + "wait = true").EndsOrphans, Is.False, "in.tftpd and others answer from a child");
        Assert.That(DefinitionOf(Listen + Exec + "wait = true\norphans = \"kill\"").EndsOrphans, Is.True);
    }

    [TestCase("run_timeout")]
    [TestCase("first_byte_timeout")]
    [TestCase("idle_timeout")]
    [TestCase("gone_timeout")]
    public void A_limit_of_no_time_is_an_error(string key) =>
        Assert.That(
            ProblemsOf(Listen + Exec + key + " = \"0s\""),
            Is.EqualTo(
                [
                    $"3:{key.Length + 4}: error: {key} must be longer than 0s, or no connection could live; delete the line for the default"
                ]));

    [TestCase("idle_timeout")]
    [TestCase("first_byte_timeout")]
    [TestCase("gone_timeout")]
    public void A_limit_nobody_could_see_is_an_error(string key)
    {
        Assert.That(
            ProblemsOf(Listen + Exec + key + " = \"3s\"\nclose = \"immediate\""),
            Has.One.Contains($"3:1: error: {key} cannot be kept here: with close = \"immediate\""));
        Assert.That(
            ProblemsOf(Listen + Exec + key + " = \"3s\"\nwait = true"),
            Has.One.Contains($"3:1: error: {key} cannot be kept here: the program of a wait service"));
    }

    [Test]
    public void A_udp_peer_that_leaves_is_not_seen() => Assert.That(
        ProblemsOf("listen = \"udp://:9003\"\n" + Exec + "gone_timeout = \"3s\""),
        Has.One.Contains("3:1: error: gone_timeout cannot be kept here: a UDP peer does not say that it leaves"));
}
