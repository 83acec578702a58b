using System.Collections.Immutable;
using NUnit.Framework;
using SuperD.Configuration;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>unix: addresses, socket_mode and socket_owner.</summary>
public sealed class SocketFileTests
{
    private const string Unix = "listen = \"unix:/run/superd-test.sock\"\n";

    [TestCase("unix:/run/han.sock", "unix:/run/han.sock")]
    [TestCase("unix:///run/han.sock", "unix:/run/han.sock")]
    [TestCase("unix:/run/../run/./han.sock", "unix:/run/han.sock")]
    [TestCase("unix:@han", "unix:@han")]
    [TestCase("unix:@a/b", "unix:@a/b")]
    public void A_Unix_domain_address_is_a_path_or_an_abstract_name(string listen, string socket)
    {
        ListenAddress address = DefinitionOf($"listen = \"{listen}\"\n{Exec}").Listen.Single();
        Assert.That(address.ToString(), Is.EqualTo(socket));
        Assert.That(address.Transport, Is.EqualTo(Transport.Unix));
    }

    [Test]
    public void A_service_may_listen_on_ports_and_on_sockets_at_once() =>
        Assert.That(
            DefinitionOf($"listen = [9003, \"unix:@han\"]\n{Exec}").Listen.Select(address => $"{address}"),
            Is.EqualTo(["0.0.0.0:9003", "[::]:9003", "unix:@han"]));

    [TestCase(107, true)]
    [TestCase(108, false)]
    public void A_name_is_at_most_107_bytes_long(int length, bool isGood)
    {
        string path = "/run/" + new string('x', length - 5), name = "@" + new string('x', length);
        string[] expected = isGood
            ? []
            : [$" of a Unix-domain socket must be at most 107 bytes long, found {length}; choose a shorter one"];
        foreach (string listen in (string[])[path, name])
        {
            string[] problems = ProblemsOf($"listen = \"unix:{listen}\"\n{Exec}");
            Assert.That(
                problems.Select(problem => problem[problem.IndexOf("...\"", StringComparison.Ordinal)..][4..]),
                Is.EqualTo(expected),
                listen);
        }
    }

    [Test]
    public void One_socket_for_two_services_is_an_error()
    {
        using ConfigurationFiles files = new();
        files.Service("a", Unix + Exec).Service("b", "listen = \"unix:/run/./superd-test.sock\"\n" + Exec);
        Assert.That(files.Problems(), Is.EqualTo(
            [
                "services.d/b.toml:1:10: error: unix:/run/superd-test.sock is already listened on by service 'a' at "
                    + "services.d/a.toml:1:10; choose another port or address for one of them",
            ]));
    }

    [TestCase("\"0600\"", 0b110_000_000)]
    [TestCase("\"666\"", 0b110_110_110)]
    [TestCase("0o640", 0b110_100_000)]
    public void The_mode_is_octal(string mode, int expected) =>
        Assert.That(DefinitionOf($"{Unix}{Exec}socket_mode = {mode}").SocketMode, Is.EqualTo(expected));

    [Test]
    public void A_mode_is_not_decimal() =>
        Assert.That(ProblemsOf($"{Unix}{Exec}socket_mode = 660"), Is.EqualTo(
            [
                "3:15: error: socket_mode must be octal digits in quotes, from \"000\" to \"777\", found 660; delete the line for the "
                    + "default, \"0660\"",
            ]));

    [TestCase("\"5:6\"", 5u, 6u)]
    [TestCase("\"root\"", 0u, null)]
    [TestCase("\":6\"", null, 6u)]
    [TestCase("7", 7u, null)]
    [TestCase("\"root:root\"", 0u, 0u)]
    public void The_owner_is_a_user_a_group_or_both(string owner, uint? user, uint? group) =>
        Assert.That(DefinitionOf($"{Unix}{Exec}socket_owner = {owner}").SocketOwner, Is.EqualTo(new SocketOwner(user, group)));

    [TestCase(
        "\"\"", "socket_owner must be a user, \"user:group\" or \":group\", found \"\"; delete the line for the default, superd's own")]
    [TestCase(
        "\"root:\"",
        "socket_owner must be a user, \"user:group\" or \":group\", found \"root:\"; delete the line for the default, superd's own")]
    [TestCase(
        "\"superd-nobody\"", "user \"superd-nobody\" is not known on this machine; name one of this machine ('getent passwd' lists them)")]
    [TestCase(
        "\"root:superd-nobody\"",
        "group \"superd-nobody\" is not known on this machine; name one of this machine ('getent group' lists them)")]
    public void A_bad_owner_is_told(string owner, string message) =>
        Assert.That(ProblemsOf($"{Unix}{Exec}socket_owner = {owner}"), Is.EqualTo([$"3:16: error: {message}"]));

    [Test]
    public void Giving_a_file_away_needs_root() =>
        Assert.That(ProblemsOf($"{Unix}{Exec}socket_owner = \"root\"", Ordinary), Is.EqualTo(
            [
                "3:16: error: socket_owner needs root or CAP_CHOWN: superd runs as uid 54321 and may only give files to groups it is in; "
                    + "start superd as root, or delete the line",
            ]));

    [Test]
    public void Giving_a_file_to_a_group_of_ones_own_does_not() =>
        Assert.That(ProblemsOf($"{Unix}{Exec}socket_owner = \":6\"", Ordinary with { Groups = ImmutableArray.Create(6u) }), Is.Empty);

    [TestCase("9003")]
    [TestCase("\"unix:@han\"")]
    public void Mode_and_owner_have_no_meaning_without_a_file(string listen) =>
        Assert.That(ProblemsOf($"listen = {listen}\n{Exec}socket_mode = \"0600\"\nsocket_owner = \"root\""), Is.EqualTo(
        [
            "3:15: error: socket_mode has no meaning: no address of listen is a Unix-domain socket with a file (\"unix:PATH\"); delete the "
                + "line",
            "4:16: error: socket_owner has no meaning: no address of listen is a Unix-domain socket with a file (\"unix:PATH\"); delete "
                + "the line",
        ]));

    [Test]
    public void Keys_of_TCP_have_no_effect() =>
        Assert.That(
            ProblemsOf($"{Unix}{Exec}nodelay = true\nkeepalive = true\nbacklog = 5\nv6only = true")
                .Select(problem => problem[..problem.IndexOf(':', 15)]),
            Is.EqualTo(
                ["3:11: warning: nodelay has no effect", "4:13: warning: keepalive has no effect", "6:10: warning: v6only has no effect"]));
}
