using System.Collections.Immutable;
using NUnit.Framework;
using SuperD.Configuration;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>[control]: where the console's socket is, and who owns it.</summary>
public sealed class ControlKeyTests
{
    private static readonly HostContext s_member = Ordinary with { Groups = ImmutableArray.Create(6u) };

    [Test]
    public void Without_it_the_console_is_superds_own() =>
        Assert.That(DefinitionOf(""), Is.EqualTo(new ControlDefinition()));

    [Test]
    public void The_socket_is_relative_to_the_file_it_stands_in()
    {
        using ConfigurationFiles files = With("socket = \"run/../superd.sock\"");
        Assert.That(files.Load().Server!.Control.Socket, Is.EqualTo(files.Directory["superd.sock"]));
    }

    [TestCase("\"root\"", "\"root\"", 0u, 0u)]
    [TestCase("1000", "5", 1000u, 5u)]
    public void Root_may_give_it_to_any_user_and_group(string owner, string group, uint user, uint groupId) =>
        Assert.That(
            DefinitionOf($"owner = {owner}\ngroup = {group}", Root), Is.EqualTo(new ControlDefinition { Owner = user, Group = groupId }));

    [Test]
    public void An_ordinary_user_may_name_itself_and_a_group_it_is_in() =>
        Assert.That(DefinitionOf("owner = 54321\ngroup = 6", s_member), Is.EqualTo(new ControlDefinition { Owner = 54321, Group = 6 }));

    [TestCase("owner = \"root\"",
        "2:9: error: control.owner = \"root\" needs root: superd runs as uid 54321 and may not give files away; start superd as root, or "
            + "delete the line")]
    [TestCase("owner = 7",
        "2:9: error: control.owner = 7 needs root: superd runs as uid 54321 and may not give files away; start superd as root, or delete "
            + "the line")]
    [TestCase("group = \"root\"",
        "2:9: error: control.group = \"root\" needs root: superd runs as uid 54321, who is no member of it; name a group it is in, or "
            + "delete the line")]
    public void An_ordinary_user_may_not_give_it_away(string line, string message) =>
        Assert.That(ProblemsOf(line, s_member), Is.EqualTo([message]));

    [TestCase("owner = \"superd-nobody\"",
        "2:9: error: control.owner: user \"superd-nobody\" is not known on this machine; name one of this machine ('getent passwd' lists "
            + "them)")]
    [TestCase("group = \"superd-nobody\"",
        "2:9: error: control.group: group \"superd-nobody\" is not known on this machine; name one of this machine ('getent group' lists "
            + "them)")]
    [TestCase(
        "owner = \"\"", "2:9: error: control.owner must be a user name or id, found \"\"; delete the line for the default, superd's own")]
    [TestCase("group = true", "2:9: error: control.group must be a group name or id, found true; for example control.group = \"adm\"")]
    [TestCase("enabled = \"no\"",
        "2:11: error: control.enabled must be true or false, without quotes, found the string \"no\"; write control.enabled = false")]
    [TestCase(
        "socket = \"\"",
        "2:10: error: control.socket must be a path that is not empty, found \"\"; delete the line for the default, "
            + "a socket in /run/superd")]
    [TestCase("owners = \"root\"", "2:1: error: unknown key \"control.owners\"; did you mean 'control.owner'?")]
    public void What_cannot_be_meant_is_told(string line, string message) =>
        Assert.That(ProblemsOf(line, Root), Is.EqualTo([message]));

    [Test]
    public void The_mode_is_no_matter_of_choice() =>
        Assert.That(ProblemsOf("mode = \"0666\""), Is.EqualTo(
            ["2:1: error: unknown key \"control.mode\" in [control] of superd.toml; 'superd help keys' lists the known ones"]));

    [Test]
    public void A_path_too_long_for_a_socket_is_told()
    {
        string path = "/" + new string('x', 107);
        Assert.That(ProblemsOf($"socket = \"{path}\""), Is.EqualTo(
            [$"2:10: error: control.socket: the path {path} has 108 bytes, and Linux allows 107 for a socket; choose a shorter one"]));
    }

    [Test]
    public void All_problems_are_told_at_once() =>
        Assert.That(ProblemsOf("owner = \"superd-nobody\"\ngroup = \"superd-nobody\"\nmode = 1"), Has.Length.EqualTo(3));

    /// <summary>The [control] table, plus a service that is valid for every user.</summary>
    private static ConfigurationFiles With(string control) =>
        new ConfigurationFiles("[control]\n" + control).Service("day", Listen + "builtin = \"daytime\"\n");

    private static ControlDefinition DefinitionOf(string control, HostContext? host = null)
    {
        using ConfigurationFiles files = With(control);
        LoadResult result = files.Load(host);
        Assert.That(result.Diagnostics, Is.Empty);
        return result.Server!.Control;
    }

    /// <summary>The problems of the table, without the file's name.</summary>
    private static string[] ProblemsOf(string control, HostContext? host = null)
    {
        using ConfigurationFiles files = With(control);
        return [.. files.Problems(host).Select(line => line.Replace("superd.toml:", ""))];
    }
}
