using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Linux;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>capabilities: which a program has, and which superd cannot give it.</summary>
public sealed class CapabilityTests
{
    private const string Basic = "sandbox = \"basic\"\n";
    private static readonly HostContext s_unprivileged = Able with { Capabilities = 1 << 10 };

    [TestCase("", null)]
    [TestCase("capabilities = []", "")]
    [TestCase("capabilities = \"net_bind_service\"", "net_bind_service")]
    [TestCase("capabilities = [\"CAP_SYS_TIME\", \"Cap_Chown\", \"chown\"]", "chown sys_time")]
    [TestCase("capabilities = [\"checkpoint_restore\"]", "checkpoint_restore")]
    public void They_are_a_set_by_their_names(string line, string? names)
    {
        CapabilitySet? capabilities = DefinitionOf(Listen + Exec + line).Process.Capabilities;
        Assert.That(capabilities is { } set ? string.Join(' ', set.Names) : null, Is.EqualTo(names));
    }

    [Test]
    public void Those_of_a_service_replace_those_of_defaults()
    {
        const string Defaults = "defaults.capabilities = \"chown\"";
        Assert.That(DefinitionOf(Listen + Exec, superdToml: Defaults).Process.Capabilities!.Value.Names, Is.EqualTo(["chown"]));
        Assert.That(DefinitionOf(Listen + Exec + "capabilities = []", superdToml: Defaults).Process.Capabilities!.Value.Names, Is.Empty);
    }

    [TestCase("\"net_bind_servic\"", "3:16: error: capabilities: there is no capability \"net_bind_servic\"; did you mean "
        + "\"net_bind_service\"?")]
    [TestCase("[\"CAP_SYSADMIN\"]", "3:17: error: capabilities: there is no capability \"CAP_SYSADMIN\"; did you mean \"sys_admin\"?")]
    [TestCase("\"frobnicate\"", "3:16: error: capabilities: there is no capability \"frobnicate\"; 'man 7 capabilities' lists them")]
    [TestCase("[\"\"]", "3:17: error: capabilities: there is no capability \"\"; capabilities = [] leaves the program none")]
    [TestCase("[\"all\"]", "3:17: error: capabilities: there is no capability \"all\"; name those that the program needs; without the key "
        + "it has all of its user's, or none in a sandbox")]
    [TestCase("\"net_raw,chown\"", "3:16: error: capabilities: there is no capability \"net_raw,chown\"; write each as a string of its "
        + "own: [\"net_raw\", \"chown\"]")]
    [TestCase("\"NET_BIND\"", "3:16: error: capabilities: there is no capability \"NET_BIND\"; did you mean \"net_bind_service\"?")]
    public void A_name_that_is_none_is_an_error(string written, string problem) =>
        Assert.That(ProblemsOf(Listen + Exec + $"capabilities = {written}"), Is.EqualTo([problem]));

    [Test]
    public void Superd_gives_only_what_it_has()
    {
        string[] problems = ProblemsOf(Listen + Exec + Basic + "capabilities = [\"net_bind_service\", \"net_raw\"]", s_unprivileged);
        Assert.That(
            problems,
            Is.EqualTo(
            [
                "4:37: error: capabilities \"net_raw\" needs root or CAP_NET_RAW: superd runs as uid 54321 and does not have it; start "
                + "superd as root, or remove \"net_raw\"",
            ]));
    }

    [Test]
    public void Without_a_sandbox_it_takes_a_privilege_to_hold_set_user_id_programs()
    {
        const string Problem = "needs root or CAP_SETPCAP without a sandbox, because programs with set-user-id could have others: superd "
            + "runs as uid 54321; start superd as root, or add sandbox = \"basic\"";
        Assert.That(ProblemsOf(Listen + Exec + "capabilities = []", s_unprivileged), Is.EqualTo([$"3:16: error: capabilities {Problem}"]));
        Assert.That(ProblemsOf(Listen + Exec + Basic + "capabilities = []", s_unprivileged), Is.Empty);
    }
}
