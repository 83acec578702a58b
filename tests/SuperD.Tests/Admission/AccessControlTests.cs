using NUnit.Framework;
using SuperD.Admission;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Services;
using static SuperD.Tests.Admission.Peers;

namespace SuperD.Tests.Admission;

/// <summary>Each check, the order of the checks, and what a refusal costs other clients.</summary>
public sealed class AccessControlTests
{
    private const string Somebody = "192.0.2.7", Another = "192.0.2.8";

    [TestCase("only_from = \"10.0.0.0/8\"", "10.1.2.3", "none")]
    [TestCase("only_from = \"10.0.0.0/8\"", "11.0.0.0", "only_from")]
    [TestCase("only_from = \"10.0.0.0/8\"", "2001:db8::1", "only_from")]
    [TestCase("only_from = []", "10.1.2.3", "only_from")]
    [TestCase("no_access = []", "10.1.2.3", "none")]
    [TestCase("no_access = \"10.0.0.0/8\"", "10.1.2.3", "no_access")]
    [TestCase("no_access = \"10.0.0.0/8\"", "::ffff:10.1.2.3", "no_access", TestName = "A_mapped_address_is_IPv4")]
    [TestCase("no_access = \"::/0\"", "::ffff:10.1.2.3", "none")]
    [TestCase("no_access = \"10.0.0.0/8\"", "11.0.0.0", "none")]
    [TestCase("only_from = \"10.0.0.0/8\"\nno_access = \"10.1.0.0/16\"", "10.1.2.3", "no_access")]
    [TestCase("only_from = \"10.1.0.0/16\"\nno_access = \"10.0.0.0/8\"", "10.1.2.3", "none", TestName = "The_longest_match_decides")]
    [TestCase(
        "only_from = \"127.0.0.1\"\nno_access = \"127.0.0.0/8\"",
        "127.0.0.1",
        "none",
        TestName = "The_longest_match_decides_what_xinetd_gets_wrong")]
    [TestCase("only_from = \"10.1.0.0/16\"\nno_access = \"10.0.0.0/8\"", "10.2.0.0", "no_access")]
    [TestCase("only_from = \"10.0.0.0/8\"\nno_access = \"10.0.0.0/8\"", "10.1.2.3", "no_access", TestName = "A_tie_denies")]
    [TestCase("only_from = \"0.0.0.0/0\"\nno_access = \"0.0.0.0/0\"", "10.1.2.3", "no_access")]
    [TestCase("only_from = \"::1/128\"", "::1", "none")]
    [TestCase("only_from = \"::1/128\"", "::2", "only_from")]
    [TestCase("only_from = [\"0.0.0.0/0\", \"::/0\"]", "2001:db8::1", "none")]
    public void The_lists_decide_who_comes_in(string lines, string address, string reason)
    {
        using Door door = new(lines);
        Assert.That(door.Connect(address), Is.EqualTo(reason));
    }

    [Test]
    public void Any_two_lists_decide_as_looking_at_every_prefix_would()
    {
        var random = new Random(12);
        for (int round = 0; round < 100; round++)
        {
            IpPrefix[] onlyFrom = [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => RandomPrefix(random))];
            IpPrefix[] noAccess = [.. Enumerable.Range(0, random.Next(6)).Select(_ => RandomPrefix(random))];
            using Door door = new($"only_from = [{List(onlyFrom)}]\nno_access = [{List(noAccess)}]");
            for (int i = 0; i < 50; i++)
            {
                InetEndPoint peer = PeerOf((uint)random.Next(16) << random.Next(28), false);
                int allowed = Longest(onlyFrom, peer);
                int denied = Longest(noAccess, peer);
                Assert.That(
                    door.Check(peer.ToIPAddress().ToString()).IsRefused,
                    Is.EqualTo(allowed <= denied),
                    $"{peer}: {List(onlyFrom)}; {List(noAccess)}");
            }
        }

        static int Longest(IpPrefix[] prefixes, InetEndPoint peer) =>
            prefixes.Where(prefix => prefix.Contains(peer)).Select(prefix => prefix.Length).DefaultIfEmpty(-1).Max();
        static string List(IpPrefix[] prefixes) => string.Join(", ", prefixes.Select(prefix => $"\"{prefix}\""));
        static IpPrefix RandomPrefix(Random random) =>
            IpPrefix.Of(PeerOf((uint)random.Next(16) << random.Next(28), false), random.Next(33));
    }

    [Test]
    public void Per_source_counts_the_living_handlers_of_a_source_launches_included()
    {
        using Door door = new("per_source = 2");
        Connection? first = door.Enter(Somebody);
        Assert.That(door.Connect(Somebody), Is.EqualTo("none"));
        Assert.That(door.Check(Somebody), Is.EqualTo(new Verdict(Refusal.PerSource, new Occupancy(2, 2), TimeSpan.Zero)));
        Assert.That(door.Connect(Another), Is.EqualTo("none"));
        door.End(first);
        Assert.That(door.Connect(Somebody), Is.EqualTo("none"));
        Assert.That(door.Connect(Somebody), Is.EqualTo("per_source"));
    }

    [TestCase("192.0.2.7", "192.0.2.8", "none")]
    [TestCase("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "per_source", TestName = "An_IPv6_source_is_a_64_unless_said_otherwise")]
    [TestCase("2001:db8:0:1::1", "2001:db8:0:2::1", "none")]
    [TestCase("192.0.2.7", "::ffff:192.0.2.7", "per_source")]
    [TestCase("192.0.2.7", "::192.0.2.7", "none")]
    public void A_source_is_an_IPv4_address_or_an_IPv6_network(string one, string other, string reason)
    {
        using Door door = new("per_source = 1");
        door.Enter(one);
        Assert.That(door.Connect(other), Is.EqualTo(reason));
    }

    [TestCase("192.0.2.7", "192.0.2.250", "per_source")]
    [TestCase("192.0.2.7", "192.0.3.7", "none")]
    [TestCase("2001:db8:0:1::1", "2001:db8:0:ff::1", "per_source")]
    [TestCase("2001:db8:0:1::1", "2001:db8:0:100::1", "none")]
    public void Source_prefix_says_which_addresses_are_one_source(string one, string other, string reason)
    {
        using Door door = new("per_source = 1\nsource_prefix = { v4 = 24, v6 = 56 }");
        door.Enter(one);
        Assert.That(door.Connect(other), Is.EqualTo(reason));
    }

    [Test]
    public void Rate_sheds_the_excess_and_recovers_by_itself()
    {
        using Door door = new("rate = \"10/min burst 3\"");
        Assert.That(Enumerable.Range(0, 5).Select(_ => door.Visit(Somebody)), Is.EqualTo(new[] { "none", "none", "none", "rate", "rate" }));
        Assert.That(door.Check(Somebody).RetryAfter, Is.EqualTo(TimeSpan.FromSeconds(6)));
        door.Time.Advance(TimeSpan.FromSeconds(6));
        Assert.That((door.Visit(Somebody), door.Visit(Somebody)), Is.EqualTo(("none", "rate")));
    }

    [Test]
    public void Per_source_rate_sheds_the_excess_of_one_source_only()
    {
        using Door door = new("per_source_rate = \"10/min burst 3\"");
        Assert.That(
            Enumerable.Range(0, 5).Select(_ => door.Visit(Somebody)),
            Is.EqualTo(new[] { "none", "none", "none", "per_source_rate", "per_source_rate" }));
        Assert.That(door.Visit(Another), Is.EqualTo("none"));
        door.Time.Advance(TimeSpan.FromSeconds(6));
        Assert.That((door.Visit(Somebody), door.Visit(Somebody)), Is.EqualTo(("none", "per_source_rate")));
    }

    [Test]
    public void A_refused_connection_takes_no_token_of_anybody()
    {
        using Door door = new("rate = \"1/h burst 2\"\nper_source_rate = \"1/h burst 2\"\nper_source = 1\nno_access = \"10.0.0.0/8\"");
        Connection? first = door.Enter(Somebody);
        for (int i = 0; i < 100; i++)
        {
            Assert.That((door.Connect(Somebody), door.Connect("10.0.0.1")), Is.EqualTo(("per_source", "no_access")));
        }

        door.End(first);
        Assert.That((door.Visit(Somebody), door.Visit(Another)), Is.EqualTo(("none", "rate")), "two tokens for two connections");
    }

    [Test]
    public void The_wall_clock_does_not_disturb_the_buckets()
    {
        using Door door = new("rate = \"1/min\"");
        door.Visit(Somebody);
        door.Time.SetUtc(new DateTime(2050, 1, 1));
        Assert.That(door.Visit(Somebody), Is.EqualTo("rate"));
    }

    [Test]
    public void Access_times_close_and_open_by_themselves()
    {
        using Door door = new("access_times = \"08:00-09:00\"\ntime_zone = \"UTC\"");
        string[] reasons = [.. new[] { "07:59", "08:00", "08:59", "09:00" }.Select(time =>
        {
            door.Time.SetUtc(DateTime.Parse("2026-03-02 " + time));
            return door.Visit(Somebody);
        })];
        Assert.That(reasons, Is.EqualTo(new[] { "access_times", "none", "none", "access_times" }));
    }

    [Test]
    public void Max_handlers_counts_the_living_handlers_of_all_services()
    {
        using Door door = new(2, ("a", ""), ("b", ""));
        Connection? first = door.Enter(Somebody, "a");
        door.Enter(Another, "b");
        Assert.That(door.IsCrowded, Is.True);
        Assert.That(door.Check(Somebody, "b"), Is.EqualTo(new Verdict(Refusal.MaxHandlers, new Occupancy(2, 2), TimeSpan.Zero)));
        door.End(first);
        Assert.That(door.Connect(Somebody, "b"), Is.EqualTo("none"));
    }

    [Test]
    public void Max_load_refuses_at_and_above_it()
    {
        var time = new Support.FakeTime();
        using Support.TempDir directory = new();
        string file = directory.Write("loadavg", "2.50 1.00 1.00 1/100 4711\n");
        var load = new LoadAverage(time, file);
        Assert.That(load.Value, Is.EqualTo(2.5));
        directory.Write("loadavg", "0.10 1.00 1.00 1/100 4711\n");
        time.Advance(TimeSpan.FromSeconds(0.9));
        Assert.That(load.Value, Is.EqualTo(2.5), "looked at once a second");
        time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.That(load.Value, Is.EqualTo(0.1));
        File.Delete(file);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(load.Value, Is.Zero, "nobody is refused for a load that cannot be read");
    }

    [Test]
    public void A_penalty_refuses_its_source_at_its_service_until_it_has_run_down()
    {
        using Door door = new(
            null, ("han", "penalty = { signal = \"90s\", exempt = \"10.0.0.0/8\" }"), ("other", "penalty = { signal = \"90s\" }"));
        door.Visit(Somebody, signal: 11);
        Assert.That((door.Visit(Somebody), door.Visit(Another), door.Visit(Somebody, "other")), Is.EqualTo(("penalty", "none", "none")));
        Assert.That(door.Log.Lines.Single().Message, Is.EqualTo("penalise han conn=1 source=192.0.2.7 for_s=90"));
        Assert.That(door.Check(Somebody).RetryAfter, Is.EqualTo(TimeSpan.FromSeconds(90)));
        door.Time.Advance(TimeSpan.FromSeconds(90));
        Assert.That(door.Visit(Somebody), Is.EqualTo("none"));
        Assert.That((door.Visit("10.0.0.1", signal: 11), door.Visit("10.0.0.1")), Is.EqualTo(("none", "none")), "exempt");
    }

    [Test]
    public void A_penalty_is_that_of_the_whole_source()
    {
        using Door door = new("penalty.exit.1 = \"1m\"\nsource_prefix = { v4 = 24 }");
        door.Visit("192.0.2.1", exit: 1);
        Assert.That((door.Visit("192.0.2.2"), door.Visit("192.0.3.1")), Is.EqualTo(("penalty", "none")));
        Assert.That(door.Log.Lines.Single().Message, Does.Contain("source=192.0.2.0/24"));
    }

    [Test]
    public void The_visitors_of_a_sensor_are_refused_by_all_services_for_its_time()
    {
        using Door door = new(null, ("trap", "sensor = { time = \"10m\", exempt = \"10.0.0.0/8\" }"), ("han", ""), ("other", ""));
        Assert.That((door.Visit(Somebody), door.Visit(Somebody, "trap")), Is.EqualTo(("none", "trap")));
        Assert.That((door.Visit(Somebody), door.Visit(Somebody, "other"), door.Visit(Another)), Is.EqualTo(("sensor", "sensor", "none")));
        door.Time.Advance(TimeSpan.FromMinutes(6));
        Assert.That(door.Visit(Somebody, "trap"), Is.EqualTo("trap"), "another visit counts anew");
        door.Time.Advance(TimeSpan.FromMinutes(6));
        Assert.That((door.Visit(Somebody), door.Check(Somebody).RetryAfter), Is.EqualTo(("sensor", TimeSpan.FromMinutes(4))));
        door.Time.Advance(TimeSpan.FromMinutes(4));
        Assert.That(door.Visit(Somebody), Is.EqualTo("none"));
        Assert.That(
            (door.Visit("10.0.0.1", "trap"), door.Visit("10.0.0.1")), Is.EqualTo(("trap", "none")), "exempt, but a trap serves nobody");
    }

    [Test]
    public void A_sensor_takes_the_source_by_its_own_prefix()
    {
        using Door door = new(null, ("trap", "sensor = \"10m\"\nsource_prefix = { v4 = 24 }"), ("han", "per_source = 9"));
        door.Visit("192.0.2.1", "trap");
        Assert.That((door.Visit("192.0.2.99"), door.Visit("192.0.3.1")), Is.EqualTo(("sensor", "none")));
    }

    [Test]
    public void The_checks_are_made_in_the_documented_order()
    {
        // Adds reasons to refuse a client, from the last check to the first: each one hides those before it.
        using Door door = new(
            2,
            ("trap", "sensor = \"1d\""),
            ("other", ""),
            (
                "han",
                "no_access = \"10.0.0.0/8\"\nper_source = 1\nper_source_rate = \"1/d\"\nrate = \"2/d\"\ninstances = 2\n"
                    + "penalty.signal = \"10m\"\naccess_times = \"00:00-12:00\"\ntime_zone = \"UTC\""));
        var seen = new List<string>();
        Connection? others = door.Enter(Another, "other");
        door.Enter(Another);
        seen.Add(door.Connect(Somebody));
        door.End(others);

        // A second handler takes the service's last place and token, and the last place of max_handlers.
        Connection? own = door.Enter(Somebody);
        door.End(own);
        door.Enter(Another, "other");
        seen.Add(door.Connect("192.0.2.9"));
        door.Time.SetUtc(new DateTime(2026, 1, 1, 13, 0, 0));
        seen.Add(door.Connect("192.0.2.9"));
        seen.Add(door.Connect(Somebody));
        seen.Add(door.Connect(Another));
        door.Access.Charge(own!, new ExitStatus(0, 11), timedOut: false); // admitted above
        seen.Add(door.Connect(Somebody));
        door.Connect(Somebody, "trap");
        seen.Add(door.Connect(Somebody));
        door.Connect("10.0.0.1", "trap");
        seen.Add(door.Connect("10.0.0.1"));
        seen.Add(door.Connect("10.0.0.1", "trap"));
        Assert.That(seen, Is.EqualTo(new[]
        {
            "max_handlers", "rate", "access_times", "per_source_rate", "per_source", "penalty", "sensor", "no_access", "trap",
        }));
    }

    [Test]
    public void Whether_it_is_open_is_asked_before_its_instances_and_these_before_its_rate()
    {
        using Door door = new("instances = 1\nrate = \"1/d\"\naccess_times = \"00:00-12:00\"\ntime_zone = \"UTC\"");
        Connection? first = door.Enter(Somebody);
        string full = door.Connect(Another);
        door.Time.SetUtc(new DateTime(2026, 1, 1, 13, 0, 0));
        string closed = door.Connect(Another);
        door.Time.SetUtc(new DateTime(2026, 1, 1, 0, 0, 0));
        door.End(first);
        Assert.That((full, closed, door.Connect(Another)), Is.EqualTo(("instances", "access_times", "rate")));
    }

    [Test]
    public void Every_refusal_has_a_name_of_its_own()
    {
        string[] names = [.. Enum.GetValues<Refusal>().Select(refusal => refusal.Name())];
        Assert.That(names, Is.Unique.And.All.Match("^[a-z_]+$"));
    }

    [Test]
    public void A_check_allocates_nothing()
    {
        using Door door = new(
            "no_access = [\"10.0.0.0/8\", \"2001:db8::/32\"]\nper_source = 1\nper_source_rate = \"1/s\"\nrate = \"1/s\"\n"
                + "penalty.signal = \"1m\"\naccess_times = \"00:00-24:00\"");
        door.Enter(Somebody);
        string[] addresses = ["10.0.0.1", "2001:db8::1", Somebody, Another];
        InetEndPoint[] peers = [.. addresses.Select(Peer)];
        Service service = door.Service("han");
        for (int warm = 0; warm < 2; warm++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1000; i++)
            {
                foreach (InetEndPoint peer in peers)
                {
                    _ = door.Access.Check(service, peer);
                }
            }

            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(warm == 0 ? 100_000 : 1));
        }
    }
}
