using NUnit.Framework;
using SuperD.Configuration;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>uid: and gid: in lists, and which limits apply to which sockets.</summary>
public sealed class LocalClientKeyTests
{
    private const string Unix = "listen = \"unix:@han\"\n", Udp = "listen = \"udp://:9003\"\n", Wait = "wait = true\n";

    [Test]
    public void Users_and_groups_are_named_or_numbered()
    {
        AddressListDefinition list = DefinitionOf(
            Unix + Exec + "only_from = [\"uid:root\", \"uid:1000\", \"gid:root\", \"gid:77\"]").Admission.OnlyFrom!;
        Assert.That(list.Users, Is.EqualTo([0u, 1000u]));
        Assert.That(list.Groups, Is.EqualTo([0u, 77u]));
        Assert.That(list.HasEveryUser, Is.False);
        Assert.That(DefinitionOf(Unix + Exec + "only_from = \"uid:*\"").Admission.OnlyFrom!.HasEveryUser, Is.True);
    }

    [TestCase("\"uid:superd-nobody\"", "user \"superd-nobody\" is not known on this machine")]
    [TestCase("\"gid:superd-nobody\"", "group \"superd-nobody\" is not known on this machine")]
    [TestCase("\"uid:\"", "only_from must be an address")]
    [TestCase("\"gid:*\"", "group \"*\" is not known on this machine")]
    [TestCase("\"10.0.0.0/8\"", "an address can match nobody: a client of a Unix-domain socket has none")]
    [TestCase("\"@missing.txt\"", "an address can match nobody")]
    public void An_item_that_names_nobody_is_an_error(string item, string message) =>
        Assert.That(ProblemsOf(Unix + Exec + $"only_from = [\"uid:0\", {item}]"), Has.Some.Contains("error: " + message));

    [TestCase("only_from")]
    [TestCase("no_access")]
    public void A_client_of_a_port_has_no_user(string key) =>
        Assert.That(ProblemsOf(Listen + Exec + $"{key} = [\"10.0.0.0/8\", \"gid:0\"]"), Is.EqualTo(
            [
                $"3:{key.Length + 19}: error: \"gid:0\" can match nobody: no address of listen is a Unix-domain socket, and only its "
                    + "clients have a user; remove it",
            ]));

    [Test]
    public void Inherited_addresses_do_not_shut_a_Unix_domain_socket_in_silence()
    {
        const string Defaults = "[defaults]\nonly_from = [\"10.0.0.0/8\"]\n";
        Assert.That(
            ProblemsOf(Unix + Exec, superdToml: Defaults),
            Has.Exactly(1).Contains("only_from (from [defaults], ").And.Contains(" lets nobody use the Unix-domain socket"));
        Assert.That(ProblemsOf(Unix + Exec + "only_from = \"uid:*\"", superdToml: Defaults), Is.Empty);
        Assert.That(ProblemsOf(Unix + Exec + "only_from = []"), Is.Empty, "nobody, on purpose");
        Assert.That(
            ProblemsOf("listen = [9003, \"unix:@han\"]\n" + Exec, superdToml: "[defaults]\nonly_from = [\"10.0.0.0/8\", \"uid:0\"]\n"),
            Is.Empty);
    }

    [Test]
    public void A_wait_service_of_a_Unix_domain_socket_keeps_no_list_but_everybody()
    {
        Assert.That(
            ProblemsOf(Unix + Wait + Exec + "only_from = \"uid:0\""),
            Has.Exactly(1).EndsWith("set wait = false, or, if everybody may come, write only_from = [\"uid:*\"]"));
        Assert.That(ProblemsOf(Unix + Wait + Exec + "only_from = \"uid:*\""), Is.Empty);
    }

    [Test]
    public void A_wait_service_of_datagrams_keeps_its_lists_and_rates()
    {
        AdmissionDefinition admission = DefinitionOf(
            Udp + Wait + Exec + "only_from = \"10.0.0.0/8\"\nno_access = \"10.0.0.1\"\nper_source_rate = \"5/s\"").Admission;
        Assert.That(admission.OnlyFrom!.Prefixes, Has.Length.EqualTo(1));
        Assert.That(admission.NoAccess!.Prefixes, Has.Length.EqualTo(1));
        Assert.That(admission.PerSourceRate, Is.Not.Null);
    }

    [Test]
    public void What_datagrams_cannot_have_is_told()
    {
        const string Because = "has no meaning over UDP: a datagram's sender is easily made up, and anybody could have others refused";
        Assert.That(ProblemsOf(Udp + Exec + "penalty.signal = \"9s\""), Has.Exactly(1).Contains($"penalty {Because}; delete the line"));
        Assert.That(ProblemsOf(Udp + "sensor = \"9s\""), Has.Exactly(1).Contains($"sensor {Because}; listen over TCP"));
        Assert.That(
            ProblemsOf(Udp + Wait + Exec + "per_source = 2"),
            Has.Exactly(1).Contains("per_source has no meaning with wait = true: one program serves all"));
        Assert.That(
            DefinitionOf(Udp + Exec, superdToml: "defaults.penalty.signal = \"9s\"").Admission.Penalty, Is.Null, "meant for the others");
    }
}
