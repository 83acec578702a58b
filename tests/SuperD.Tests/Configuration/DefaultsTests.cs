using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Linux;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>The defaults of absent keys, inheritance, and keys that affect each other.</summary>
public sealed class DefaultsTests
{
    [Test]
    public void What_is_not_written_has_its_documented_default()
    {
        ServiceDefinition han = DefinitionOf(Listen + Exec);
        Assert.That(
            (
                han.Name, han.Description, han.Enabled, han.Wait, han.Instances, han.WhenFull, han.StopGrace, han.Backlog, han.NoDelay,
                han.KeepAlive),
            Is.EqualTo(("han", (string?)null, true, false, (int?)null, WhenFull.Refuse, TimeSpan.FromSeconds(5), 4096, false,
                (TcpKeepAlive?)new TcpKeepAlive(60, 10, 6))));
    }

    [Test]
    public void What_the_defaults_say_is_inherited()
    {
        const string Defaults = "[defaults]\ninstances = 7\nwhen_full = \"queue\"\nstop_grace = \"1m\"\nbacklog = 3\n"
            + "nodelay = true\nkeepalive = false\numask = \"077\"\nnice = 4\nstderr = \"null\"";
        ServiceDefinition han = DefinitionOf(Listen + Exec, superdToml: Defaults);
        Assert.That(
            (
                han.Instances, han.WhenFull, han.StopGrace, han.Backlog, han.NoDelay, han.KeepAlive, han.Process.Umask, han.Process.Nice,
                han.Process.Stderr),
            Is.EqualTo(
                (
                    (int?)7, WhenFull.Queue, TimeSpan.FromMinutes(1), 3, true, (TcpKeepAlive?)null, 0b000_111_111, (int?)4,
                    StderrTarget.Null)));
    }

    [Test]
    public void What_a_service_says_replaces_what_the_defaults_say() =>
        Assert.That(
            DefinitionOf(
                Listen + Exec + "keepalive = true\ninstances = 2",
                superdToml: "defaults = { keepalive = false, instances = 9 }") is { KeepAlive: not null, Instances: 2 });

    [Test]
    public void A_disabled_service_is_fully_checked() =>
        Assert.That(ProblemsOf(Listen + Exec + "enabled = false\nnice = 99"), Has.Length.EqualTo(1));

    [Test]
    public void A_disabled_service_is_in_the_definition_but_not_enabled() =>
        Assert.That(DefinitionOf(Listen + Exec + "enabled = false").Enabled, Is.False);

    [Test]
    public void To_queue_needs_a_limit_of_instances()
    {
        Assert.That(
            ProblemsOf(Listen + Exec + "when_full = \"queue\""),
            Is.EqualTo(
                [
                    "3:13: error: when_full = \"queue\" needs instances: without it the service is never full; add instances = 40, with a "
                        + "number of your choice",
                ]));
        Assert.That(
            ProblemsOf(Listen + Exec, superdToml: "defaults.when_full = \"queue\""),
            Is.EqualTo(
                [
                    "error: when_full = \"queue\" (from [defaults], superd.toml:1:22) needs instances: without it the service is never "
                        + "full; add instances = 40, with a number of your choice",
                ]));
        Assert.That(ProblemsOf(Listen + Exec + "when_full = \"queue\"", superdToml: "defaults.instances = 4"), Is.Empty);
    }

    [Test]
    public void Instances_of_a_wait_service_are_1()
    {
        Assert.That(DefinitionOf(Listen + Exec + "wait = true\ninstances = 1").Instances, Is.EqualTo(1));
        Assert.That(
            DefinitionOf(
                Listen + Exec + "wait = true",
                superdToml: "defaults = { instances = 9, when_full = \"queue\" }") is { Instances: 1, WhenFull: WhenFull.Refuse });
        Assert.That(ProblemsOf(Listen + Exec + "wait = true\ninstances = 2\nwhen_full = \"queue\""), Is.EqualTo(
        [
            "4:13: error: instances must be 1 with wait = true, found 2: the one program accepts all connections; delete the line",
            "5:13: error: when_full has no meaning with wait = true: the one program accepts all connections; delete the line",
        ]));
    }

    [Test]
    public void Superd_toml_may_be_empty()
    {
        using ConfigurationFiles files = new();
        files.Service("han", Listen + Exec);
        ServerDefinition server = files.Load().Server!;
        Assert.That(
            (server.LogLevel, server.LogFormat, server.ShutdownGrace),
            Is.EqualTo((Microsoft.Extensions.Logging.LogLevel.Information, LogFormat.Text, TimeSpan.FromSeconds(10))));
    }

    [Test]
    public void Superd_toml_sets_the_log_and_the_shutdown()
    {
        using ConfigurationFiles files = new("shutdown_grace = \"1h\"\n[log]\nlevel = \"warning\"\nformat = \"json\"");
        files.Service("han", Listen + Exec);
        ServerDefinition server = files.Load().Server!;
        Assert.That(
            (server.LogLevel, server.LogFormat, server.ShutdownGrace),
            Is.EqualTo((Microsoft.Extensions.Logging.LogLevel.Warning, LogFormat.Json, TimeSpan.FromHours(1))));
    }
}
