using NUnit.Framework;
using SuperD.Admission;
using SuperD.Services;

namespace SuperD.Tests.Admission;

/// <summary>The last instances of a service are kept for some clients.</summary>
public sealed class ReserveTests
{
    private const string Lines = "instances = 4\nreserve = { slots = 2, from = ['10.0.0.0/8', '2001:db8::/32'] }\n";

    [Test]
    public void Others_get_in_until_only_the_reserve_is_left()
    {
        using var door = new Door(Lines);
        Assert.That(Connect(door, "192.0.2.1", "192.0.2.2", "192.0.2.3"), Is.EqualTo("none none reserve"));
        Assert.That(Connect(door, "10.0.0.1", "192.0.2.3", "2001:db8::5", "10.0.0.2"), Is.EqualTo("none reserve none instances"));
    }

    [Test]
    public void Those_it_is_for_take_the_free_instances_first()
    {
        using var door = new Door(Lines);
        Connection first = door.Enter("10.0.0.1")!;
        Assert.That(Connect(door, "10.0.0.2", "192.0.2.1"), Is.EqualTo("none reserve"));
        door.End(first);
        Assert.That(Connect(door, "192.0.2.1", "192.0.2.2"), Is.EqualTo("none reserve"));
    }

    [Test]
    public void It_overrides_no_other_check()
    {
        using var door = new Door(Lines + "per_source = 1\nno_access = '10.9.0.0/16'\n");
        Assert.That(Connect(door, "10.0.0.1", "10.0.0.1", "10.9.0.1"), Is.EqualTo("none per_source no_access"));
    }

    [Test]
    public void Why_says_for_whom_the_last_instances_are()
    {
        using var door = new Door(Lines);
        Assert.That(Connect(door, "192.0.2.1", "192.0.2.2"), Is.EqualTo("none none"));
        Assert.That(Why(door, "192.0.2.3"), Is.EqualTo((CheckOutcome.Refuses, "2/4; the last 2 are kept for others")));
        Assert.That(Why(door, "10.0.0.1"), Is.EqualTo((CheckOutcome.Passes, "2/4; the last 2 are kept for it")));
    }

    private static string Connect(Door door, params string[] addresses) =>
        string.Join(' ', addresses.Select(address => door.Connect(address)));

    private static (CheckOutcome, string) Why(Door door, string address)
    {
        AdmissionCheck check = door.Access.Explain(door.Service("han"), Peers.Peer(address)).Single(one => one.Check == Refusal.Reserve);
        return (check.Outcome, check.Detail);
    }
}
