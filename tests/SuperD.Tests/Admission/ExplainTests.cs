using NUnit.Framework;
using SuperD.Admission;

namespace SuperD.Tests.Admission;

/// <summary><c>superd why</c> predicts what would really happen.</summary>
public sealed class ExplainTests
{
    private static readonly string[] s_addresses = ["10.0.0.1", "10.0.0.2", "10.1.0.1", "192.0.2.7", "2001:db8::5"];

    [TestCase("per_source = 1")]
    [TestCase("per_source_rate = '2/h'")]
    [TestCase("rate = '3/h'")]
    [TestCase("instances = 2")]
    [TestCase("instances = 4\nreserve = { slots = 2, from = '10.0.0.0/8' }\nrate = '9/h'")]
    [TestCase("only_from = '10.0.0.0/8'\nno_access = '10.1.0.0/16'")]
    [TestCase("penalty = { exit.7 = '20s' }")]
    [TestCase("access_times = 'Sun 00:00-00:01'")]
    [TestCase("max_load = 0.0001\nper_source = 2\nrate = '4/h'")]
    [TestCase("per_source = 2\nper_source_rate = '3/h'\nrate = '9/h'\ninstances = 5\nno_access = '192.0.2.0/24'\npenalty.exit.7 = '20s'")]
    public void The_first_check_that_refuses_is_the_one_that_would(string lines)
    {
        using var door = new Door(3, ("han", lines), ("trap", "sensor = '10m'"));
        var random = new Random(7);
        var living = new List<SuperD.Services.Connection>();
        for (int i = 0; i < 400; i++)
        {
            string address = s_addresses[random.Next(s_addresses.Length)];
            string service = random.Next(20) == 0 ? "trap" : "han";
            Refusal told = door.Access.Explain(door.Service(service), Peers.Peer(address))
                .FirstOrDefault(check => check.Outcome == CheckOutcome.Refuses).Check;

            Assert.That(told, Is.EqualTo(door.Check(address, service).Refusal), $"{address} at {service}, step {i}");

            if (random.Next(3) == 0 && living.Count > 0)
            {
                int which = random.Next(living.Count);
                door.End(living[which], exit: random.Next(2) * 7);
                living.RemoveAt(which);
            }
            else if (door.Enter(address) is { } connection)
            {
                living.Add(connection);
            }

            door.Time.Advance(TimeSpan.FromSeconds(random.Next(120)));
        }
    }

    [Test]
    public void To_ask_changes_nothing()
    {
        using var door = new Door(null, ("han", "per_source_rate = '1/h'"), ("trap", "sensor = '10m'"));
        for (int i = 0; i < 5; i++)
        {
            door.Access.Explain(door.Service("han"), Peers.Peer("10.0.0.1"));
            door.Access.Explain(door.Service("trap"), Peers.Peer("10.0.0.1"));
        }

        Assert.That(door.Connect("10.0.0.1"), Is.EqualTo("none"), "no token was taken, and no trap remembers the client");
    }
}
