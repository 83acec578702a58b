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
        Assert.That(
            process.DynamicUser,
            Is.EqualTo(new DynamicUserDefinition(new UserRange(61184, 65519), HasOwnGroup: true, IsSubordinate: false)));
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
    public void It_takes_root_or_users_of_ones_own()
    {
        const string Start = "3:8: error: user = \"dynamic\" needs root or CAP_SETUID, or ids of subuid(5): superd runs as uid 54321, to "
            + "whom /etc/subuid and /etc/subgid give none; add the line 54321:";
        Assert.That(ProblemsOf(Listen + Exec + Dynamic, Ordinary), Has.Length.EqualTo(1).And.One.StartsWith(Start));
        Assert.That(
            ProblemsOf(Listen + Exec + Dynamic, Able with { Capabilities = 1 << 6 | 1 << 7 }),
            Has.Length.EqualTo(1).And.One.Contains("CAP_DAC_OVERRIDE"));
        Assert.That(
            ProblemsOf(Listen + Exec + Dynamic, Ordinary with { UserId = 65534 }),
            Has.Length.EqualTo(1)
                .And.One.Contains("as root, run usermod --add-subuids ")
                .And.One.Contains(" nobody, or start superd as root"));
    }

    [Test]
    public void Users_of_ones_own_are_taken_where_containers_have_none()
    {
        ProcessDefinition process = DefinitionOf(Listen + Exec + Dynamic, With(300_000, 365_535)).Process;
        var range = new UserRange(357_344, 361_439);
        Assert.That(process.DynamicUser, Is.EqualTo(new DynamicUserDefinition(range, HasOwnGroup: true, IsSubordinate: true)));
        Assert.That(process.Credentials, Is.EqualTo(new Credentials(range.First, range.First, [])));

        Assert.That(ProblemsOf(Listen + Exec + Dynamic + "groups = []", With(300_000, 300_999)), Is.Empty, "it has none anyway");
        Assert.That(RangeWith(300_000, 300_999), Is.EqualTo("300000-300999"), "few are better than none");
        Assert.That(RangeWith(300_000, 305_000), Is.EqualTo("300905-305000"));
        Assert.That(RangeWith(300_000, 365_535, "dynamic_users = \"300000-300009\""), Is.EqualTo("300000-300009"));

        string RangeWith(uint first, uint last, string superdToml = "") =>
            DefinitionOf(Listen + Exec + Dynamic, With(first, last), superdToml).Process.DynamicUser!.Range.ToString();
    }

    [Test]
    public void A_jail_of_such_users_is_in_their_namespace()
    {
        ServiceDefinition service = DefinitionOf(Listen + Exec + Dynamic + "sandbox = \"jail\"", With(300_000, 300_999));
        Assert.That(service.Sandbox!.Jail!.Users, Is.EqualTo(new UserRange(300_000, 300_999)));
        Assert.That((service.Sandbox.Jail.Owner!.Value.UserId, service.Sandbox.Jail.HasOwnPids), Is.EqualTo((300_000u, false)));
    }

    [Test]
    public void What_keeps_superd_from_its_own_users_is_an_error_that_says_what_to_do()
    {
        HostContext host = With(300_000, 300_999);
        const string Start = "error: user = \"dynamic\" without root takes a user namespace, which cannot be made here, ";
        const string End = "; or start superd as root, or delete the line";
        Assert.That(
            ProblemOf(new UserNamespaceError("newuidmap", Errno.ENOENT, "")),
            Is.EqualTo($"3:8: {Start}newuidmap: it is not on this machine; install it, with Debian's package uidmap or others' "
                + $"shadow-utils{End}"));
        Assert.That(
            ProblemOf(new UserNamespaceError("newgidmap", 0, "newgidmap: write failed")),
            Does.StartWith($"3:8: {Start}newgidmap: write failed; it has no privilege where").And.EndsWith(End));
        Assert.That(
            ProblemOf(new UserNamespaceError("unshare(user)", Errno.ENOSPC, "")),
            Does.Contain("/proc/sys/user/max_user_namespaces is reached or 0; raise it"));

        Assert.That(
            ProblemsOf(Listen + Exec + Dynamic + "group = 7", host),
            Is.EqualTo(["4:9: error: group and groups with user = \"dynamic\" need root or CAP_SETUID: superd runs as uid 54321; start "
                + "superd as root, or delete the line"]));
        Assert.That(
            ProblemsOf(Listen + Exec + Dynamic, host, "dynamic_users = \"70000-70009\""),
            Is.EqualTo(["superd.toml:1:17: error: dynamic_users = \"70000-70009\" is not among the ids that /etc/subuid and /etc/subgid "
                + "give uid 54321: 300000-300999; write some of these, such as \"300000-300999\", or delete the line"]));

        string ProblemOf(UserNamespaceError error) =>
            ProblemsOf(Listen + Exec + Dynamic, host with { FindUserNamespaceObstacle = _ => error }).Single();
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

    private static HostContext With(uint first, uint last) =>
        Ordinary with { FindSubordinateUsers = (_, _) => [new UserRange(first, last)] };

    private static string Problem(string superdToml)
    {
        using ConfigurationFiles files = new(superdToml);
        return string.Join('\n', files.Service("han", Listen + Exec + Dynamic).Problems());
    }
}
