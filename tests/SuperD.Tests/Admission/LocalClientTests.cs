using NUnit.Framework;

namespace SuperD.Tests.Admission;

/// <summary>Access control for clients that are identified by a user instead of an address.</summary>
public sealed class LocalClientTests
{
    private const string Unix = "listen = \"unix:@door\"\n";

    [TestCase("only_from = \"uid:1000\"", "uid=1000 gid=5", "none")]
    [TestCase("only_from = \"uid:1000\"", "uid=1001 gid=1000", "only_from")]
    [TestCase("only_from = \"uid:root\"", "uid=0 gid=5", "none")]
    [TestCase("only_from = \"uid:root\"", "uid=1 gid=0", "only_from")]
    [TestCase("only_from = \"gid:5\"", "uid=1000 gid=5", "none")]
    [TestCase("only_from = \"gid:5\"", "uid=1000 gid=6 groups=4+5", "none")]
    [TestCase("only_from = \"gid:5\"", "uid=5 gid=6 groups=4+7", "only_from")]
    [TestCase("only_from = \"uid:*\"", "uid=1000 gid=5", "none")]
    [TestCase("only_from = []", "uid=0 gid=0", "only_from")]
    [TestCase("no_access = \"gid:5\"", "uid=1000 gid=5", "no_access")]
    [TestCase("no_access = \"gid:5\"", "uid=1000 gid=6", "none")]
    [TestCase("only_from = \"gid:5\"\nno_access = \"uid:1000\"", "uid=1000 gid=5", "no_access")]
    [TestCase("only_from = \"uid:1000\"\nno_access = \"gid:5\"", "uid=1000 gid=5", "none")]
    [TestCase("only_from = \"uid:*\"\nno_access = \"gid:5\"", "uid=1000 gid=5", "no_access")]
    [TestCase("only_from = \"uid:1000\"\nno_access = \"uid:1000\"", "uid=1000 gid=5", "no_access")]
    public void The_narrowest_item_that_matches_decides_and_a_tie_denies(string lists, string client, string refusal)
    {
        using var door = new Door(Unix + lists);
        Assert.That(door.Connect(client), Is.EqualTo(refusal));
    }

    [Test]
    public void One_list_may_speak_of_addresses_and_of_users()
    {
        using var door = new Door("listen = [9003, \"unix:@door\"]\nonly_from = [\"10.0.0.0/8\", \"uid:1000\"]");
        Assert.That(
            ((string[])["10.1.2.3", "11.1.2.3", "uid=1000 gid=5", "uid=1001 gid=5"]).Select(client => door.Connect(client)),
            Is.EqualTo(["none", "only_from", "none", "only_from"]));
    }

    [Test]
    public void A_source_is_a_user()
    {
        using var door = new Door("listen = [9003, \"unix:@door\"]\nper_source = 1");
        Assert.That(
            (
                (string[])[
                    "uid=1000 gid=5",
                    "uid=1000 gid=6",
                    "uid=1001 gid=5",
                    "0.0.3.232",
                    "::fffe:0:3e8"]).Select(client => door.Connect(client)),
            Is.EqualTo(["none", "per_source", "none", "none", "none"]),
            "and no address counts as one, not even the one whose number is a user's");
    }

    [Test]
    public void A_user_is_penalised_like_an_address()
    {
        using var door = new Door(Unix + "penalty = { exit.77 = \"20s\", exempt = [\"uid:0\"] }");
        door.Visit("uid=1000 gid=5", exit: 77);
        door.Visit("uid=0 gid=0", exit: 77);
        Assert.That(door.Connect("uid=1000 gid=6"), Is.EqualTo("penalty"));
        Assert.That(door.Connect("uid=1001 gid=5"), Is.EqualTo("none"));
        Assert.That(door.Connect("uid=0 gid=0"), Is.EqualTo("none"));
        Assert.That(door.Log.Lines.Select(line => line.Message), Has.Some.Contains("source=uid=1000 for_s=20"));
    }
}
