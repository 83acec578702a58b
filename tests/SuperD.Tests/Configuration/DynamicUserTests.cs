using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Linux;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>user = "dynamic" and dynamic_users.</summary>
public sealed class DynamicUserTests
{
    private const string Dynamic = "user = \"dynamic\"\n";

    [Test]
    public void A_service_gets_users_of_the_range_with_groups_of_their_own()
    {
        ProcessDefinition process = DefinitionOf(Listen + Exec + Dynamic).Process;
        Assert.That(process.DynamicUser, Is.EqualTo(new DynamicUserDefinition(new UserRange(61184, 65519), HasOwnGroup: true)));
        Assert.That(process.Credentials, Is.EqualTo(new Credentials(61184, 61184, [])));
        Assert.That((process.UserName, process.FixedUserId), Is.EqualTo(((string?)null, (uint?)null)), "nobody is looked up");
        Assert.That(process.Environment.Select(variable => variable.Name), Is.EqualTo(["PATH"]), "it has no home");

        process = DefinitionOf(Listen + Exec + Dynamic, superdToml: "dynamic_users = \"70000-70009\"").Process;
        Assert.That(process.DynamicUser!.Range, Is.EqualTo(new UserRange(70000, 70009)));
        Assert.That(DefinitionOf(Listen + Exec, superdToml: "defaults.user = \"dynamic\"").Process.DynamicUser, Is.Not.Null);
    }

    [Test]
    public void Groups_that_are_written_are_those_of_all_of_them()
    {
        ProcessDefinition process = DefinitionOf(Listen + Exec + Dynamic + "group = 7\ngroups = [8, 9]").Process;
        Assert.That(process.DynamicUser!.HasOwnGroup, Is.False);
        Assert.That(process.Credentials, Is.EqualTo(new Credentials(61184, 7, [8, 9])));
    }

    [Test]
    public void It_takes_root()
    {
        const string Problem = "3:8: error: user = \"dynamic\" needs root or CAP_SETUID: superd runs as uid 54321 and may not become a "
            + "user that it makes up, and remove what that leaves; start superd as root, or delete the line";
        Assert.That(ProblemsOf(Listen + Exec + Dynamic, Ordinary), Is.EqualTo([Problem]));
        Assert.That(
            ProblemsOf(Listen + Exec + Dynamic, Able with { Capabilities = 1 << 6 | 1 << 7 }),
            Has.Length.EqualTo(1).And.One.Contains("CAP_DAC_OVERRIDE"));
    }

    [TestCase("\"70000\"")]
    [TestCase("\"0-10\"")]
    [TestCase("\"20-10\"")]
    [TestCase("\"1-4294967295\"")]
    [TestCase("\"1-70000\"")]
    [TestCase("\"a-b\"")]
    [TestCase("70000")]
    public void A_range_has_two_ends(string written)
    {
        string problem = Problem($"dynamic_users = {written}");
        Assert.That(
            problem,
            Does.StartWith("superd.toml:1:17: error: dynamic_users must be a range of ids \"FIRST-LAST\", each from 1 to 4294967294 and at "
                + "most 65536 of them, found "));
    }

    [Test]
    public void Ids_that_belong_to_others_are_an_error_with_a_range_that_does()
    {
        string problem = Problem("dynamic_users = \"65534-65534\"");
        Assert.That(
            problem,
            Is.EqualTo("superd.toml:1:17: error: dynamic_users = \"65534-65534\" contains 65534, which is the user \"nobody\" in "
                + "/etc/passwd; choose a range that belongs to nobody, such as dynamic_users = \"70000-74095\""));
        Assert.That(Problem("dynamic_users = \"70000-74095\""), Is.Empty);

        using ConfigurationFiles files = new("dynamic_users = \"65534-65534\"");
        Assert.That(files.Service("han", Listen + Exec).Problems(), Is.Empty, "it does not matter unless a service needs it");
    }

    private static string Problem(string superdToml)
    {
        using ConfigurationFiles files = new(superdToml);
        return string.Join('\n', files.Service("han", Listen + Exec + Dynamic).Problems());
    }
}
