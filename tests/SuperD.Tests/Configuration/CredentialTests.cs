using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Linux;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>user, group and groups.</summary>
public sealed class CredentialTests
{
    private static readonly User s_nobody = UserDatabase.FindUser("nobody", out _)!;

    [Test]
    public void Without_user_the_handler_runs_as_superd() => Assert.That(DefinitionOf(Listen + Exec).Process.Credentials, Is.Null);

    [Test]
    public void A_user_by_name_brings_its_group_and_supplementary_groups() =>
        Assert.That(
            Show("user = \"nobody\""),
            Is.EqualTo($"{s_nobody.UserId}:{s_nobody.GroupId}:{string.Join(',', UserDatabase.GroupsOf("nobody", s_nobody.GroupId))}"));

    [Test]
    public void A_user_by_number_is_looked_up_too() =>
        Assert.That(Show($"user = {s_nobody.UserId}"), Is.EqualTo(Show("user = \"nobody\"")));

    [Test]
    public void A_number_that_nobody_has_needs_a_group()
    {
        Assert.That(
            ProblemsOf(Listen + Exec + "user = 54322"),
            Is.EqualTo(["3:8: error: user 54322 is not in passwd, so its group is not known; add group = ..."]));
        Assert.That(Show("user = 54322\ngroup = 54323"), Is.EqualTo("54322:54323:"));
    }

    [Test]
    public void Groups_replace_the_users_own()
    {
        Assert.That(Show("user = \"nobody\"\ngroups = []"), Is.EqualTo($"{s_nobody.UserId}:{s_nobody.GroupId}:"));
        Assert.That(Show("user = \"nobody\"\ngroup = \"root\"\ngroups = [\"root\", 7, 8]"), Is.EqualTo($"{s_nobody.UserId}:0:0,7,8"));
    }

    [Test]
    public void A_group_without_a_user_changes_the_group_alone() =>
        Assert.That(Show("group = 7"), Is.EqualTo("54321:7:"));

    [TestCase(
        "user = \"nosuch\"",
        "3:8: error: user \"nosuch\" is not known on this machine; name one of this machine ('getent passwd' lists them)")]
    [TestCase("user = \"0\"", "3:8: error: user \"0\" is not known on this machine; for a user id write it without quotes: user = 0")]
    [TestCase(
        "group = \"nosuch\"",
        "3:9: error: group \"nosuch\" is not known on this machine; name one of this machine ('getent group' lists them)")]
    [TestCase("group = \"7\"", "3:9: error: group \"7\" is not known on this machine; for a group id write it without quotes: 7")]
    [TestCase(
        "groups = [\"root\", \"nosuch\"]",
        "3:19: error: group \"nosuch\" is not known on this machine; name one of this machine ('getent group' lists them)")]
    [TestCase(
        "groups = \"root\"",
        "3:10: error: groups must be an array of names or ids, found the string \"root\"; for example groups = [\"adm\"]")]
    [TestCase("user = \"\"", "3:8: error: user must be a user name or id, found \"\"; delete the line for the default, superd's own")]
    [TestCase(
        "user = -1", "3:8: error: user must be a user id from 0 to 4294967294, found -1; delete the line for the default, superd's own")]
    [TestCase(
        "group = 4294967295",
        "3:9: error: group must be a group id from 0 to 4294967294, found 4294967295; delete the line for the default, the user's own")]
    [TestCase("user = \"root\\u0000x\"", "3:8: error: user holds a NUL character, which ends a string for Linux; remove it")]
    public void A_user_or_group_that_is_not_there_is_an_error(string line, string message) =>
        Assert.That(ProblemsOf(Listen + Exec + line), Is.EqualTo([message]));

    [Test]
    public void A_bad_default_is_told_once_and_stops_superd()
    {
        using ConfigurationFiles files = new("defaults.user = \"nosuch\"");
        files.Service("a", Listen + Exec).Service("b", Listen + Exec).Service("c", Listen + Exec + "user = \"root\"");
        Assert.That(files.Problems(), Has.Length.EqualTo(1).And.One.StartsWith("superd.toml:1:17: error: user \"nosuch\""));
        Assert.That(files.Load().Server, Is.Null);
    }

    [TestCase(
        "user = 54322\ngroup = 54321",
        "3:8: error: user = 54322 needs root or CAP_SETUID: superd runs as uid 54321 and may not change its user; start superd as root, or "
            + "delete the line")]
    [TestCase(
        "group = 7",
        "3:9: error: group = 7 needs root or CAP_SETGID: superd runs as uid 54321 and may not change its group; start superd as root, or "
            + "delete the line")]
    [TestCase(
        "groups = [7]",
        "3:10: error: groups needs root or CAP_SETGID: superd runs as uid 54321 and may not change its groups; start superd as root, or "
            + "delete the line")]
    [TestCase(
        "groups = []",
        "3:10: error: groups needs root or CAP_SETGID: superd runs as uid 54321 and may not change its groups; start superd as root, or "
            + "delete the line")]
    public void Changing_the_user_or_group_needs_root(string lines, string message) =>
        Assert.That(ProblemsOf(Listen + Exec + lines, Ordinary), Is.EqualTo([message]));

    [TestCase("user = 54321\ngroup = 54321")]
    [TestCase("group = 54321")]
    [TestCase("groups = [54321]")]
    public void What_superd_is_anyway_needs_no_root_and_no_change(string lines) =>
        Assert.That(DefinitionOf(Listen + Exec + lines, Ordinary).Process.Credentials, Is.Null);

    [Test]
    public void Capabilities_are_as_good_as_root()
    {
        HostContext host = Ordinary with { Capabilities = 1ul << (int)Capability.SetUid | 1ul << (int)Capability.SetGid };
        Assert.That(ProblemsOf(Listen + Exec + "user = \"nobody\"", host), Is.Empty);
    }

    [Test]
    public void Services_that_run_as_root_are_warned_of_once_with_their_names()
    {
        using ConfigurationFiles files = new();
        foreach (char name in "abcdefg")
        {
            files.Service(name.ToString(), Listen + Exec);
        }

        files.Service("off", Listen + Exec + "enabled = false")
            .Service("meant", Listen + Exec + "user = \"root\"")
            .Service("other", Listen + Exec + "user = \"nobody\"");
        Assert.That(files.Problems(Root), Is.EqualTo(
            [
                "superd.toml: warning: 7 services run as root: 'a', 'b', 'c', 'd', 'e' and 2 more; write user = \"nobody\" in the file or "
                    + "in [defaults], or user = \"root\" to say that it is meant",
            ]));
        Assert.That(files.Load(Root).Server!.Services, Has.Length.EqualTo(10));
    }

    [Test]
    public void Root_that_is_meant_keeps_its_credentials_explicit() =>
        Assert.That(DefinitionOf(Listen + Exec + "user = \"root\"", Root).Process.Credentials!.UserId, Is.Zero);

    private static string Show(string keys)
    {
        Credentials credentials = DefinitionOf(Listen + Exec + keys).Process.Credentials!;
        return $"{credentials.UserId}:{credentials.GroupId}:{string.Join(',', credentials.Groups)}";
    }
}
