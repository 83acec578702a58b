using NUnit.Framework;
using SuperD.Configuration;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>exec, builtin, tcpmux: what a service does with its connections.</summary>
public sealed class ActionTests
{
    [Test]
    public void A_builtin_needs_no_program_and_does_not_count_as_running_as_root()
    {
        ServiceDefinition echo = DefinitionOf(Listen + "builtin = \"echo\"\n", Root, superdToml: "[defaults]\nstderr = \"null\"\n");
        Assert.That((echo.Builtin, echo.Executable, echo.Arguments.Length), Is.EqualTo(((Builtin?)Builtin.Echo, "", 0)));
    }

    [Test]
    public void A_service_does_one_thing() => Assert.That(
        ProblemsOf(Exec + Listen + "builtin = \"echo\"\n"),
        Is.EqualTo(["3:1: error: builtin cannot stand beside exec: a service does one thing with its connections; delete one of the two lines"]));

    [Test]
    public void A_misspelled_builtin_is_one_error() =>
        Assert.That(ProblemsOf(Listen + "builtin = \"ecco\"\n"), Has.Exactly(1).Items.And.One.Contains("2:11: error: builtin must be \"echo\", \"discard\""));

    [TestCase("user = \"root\"")]
    [TestCase("argv0 = \"x\"")]
    [TestCase("wait = true")]
    [TestCase("rlimit = { core = 0 }")]
    [TestCase("stderr = \"log\"")]
    [TestCase("penalty = { signal = \"5s\" }")]
    public void A_key_about_a_process_has_no_meaning_with_a_builtin(string line) =>
        Assert.That(ProblemsOf(Listen + "builtin = \"echo\"\n" + line + "\n"), Has.One.Contains($"error: {line.Split(' ')[0]} has no meaning with builtin"));

    [Test]
    public void A_service_that_is_reached_by_tcpmux_needs_no_address()
    {
        ServiceDefinition hidden = DefinitionOf(Exec + "tcpmux = true\n");
        Assert.That((hidden.TcpMux, hidden.Listen.Length), Is.EqualTo((true, 0)));
        Assert.That(ProblemsOf(Exec + "tcpmux = false\n"), Has.One.Contains("listen is missing"));
    }

    [TestCase(Listen + Exec + "wait = true\n")]
    [TestCase(Listen + "builtin = \"tcpmux\"\n")]
    public void Tcpmux_cannot_lead_everywhere(string service) =>
        Assert.That(ProblemsOf(service + "tcpmux = true\n"), Has.One.Contains("error: tcpmux has no meaning with"));

    [Test]
    public void No_service_that_tcpmux_leads_to_is_called_help()
    {
        using ConfigurationFiles files = new();
        Assert.That(files.Service("Help", Exec + "tcpmux = true\n").Problems(), Has.One.Contains("services.d/Help.toml:2:10: error: tcpmux cannot lead to a service of this name"));
    }
}
