using NUnit.Framework;
using SuperD.Admission;
using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Tests.Admission;

/// <summary>Penalties, computed as OpenSSH 9.8 does.</summary>
public sealed class PenaltiesTests
{
    private static readonly SourceKey s_source = new(1, 1);

    private static readonly PenaltyDefinition s_rules = new()
    {
        Signal = Seconds(90),
        Timeout = Seconds(20),
        Exit = [.. Enumerable.Range(0, 256).Select(status => status == 77 ? Seconds(5) : TimeSpan.Zero)],
    };

    [Test]
    public void Penalties_add_up_and_count_from_the_minimum()
    {
        var penalties = new Penalties();
        Assert.That(Charge(penalties, 5, at: 0), Is.Zero);
        Assert.That(Charge(penalties, 5, at: 0), Is.Zero);
        Assert.That(RefusedFor(penalties, at: 0), Is.Zero, "10 s are below the minimum of 15");
        Assert.That(Charge(penalties, 5, at: 0), Is.EqualTo(15), "told once");
        Assert.That(RefusedFor(penalties, at: 0), Is.EqualTo(15));
        Assert.That(Charge(penalties, 5, at: 0), Is.Zero);
        Assert.That(RefusedFor(penalties, at: 0), Is.EqualTo(20));
    }

    [Test]
    public void Penalties_decay_and_a_source_that_is_refused_stays_so_to_the_end()
    {
        var penalties = new Penalties();
        Charge(penalties, 90, at: 0);
        Assert.That(RefusedFor(penalties, at: 80), Is.EqualTo(10), "below the minimum, but refused all the same");
        Assert.That(RefusedFor(penalties, at: 90), Is.Zero);
        Assert.That(Charge(penalties, 5, at: 91), Is.Zero, "and it begins from nothing");
        Assert.That(RefusedFor(penalties, at: 91), Is.Zero);
    }

    [Test]
    public void Small_penalties_with_time_between_never_come_to_the_minimum()
    {
        var penalties = new Penalties();
        for (int at = 0; at < 1000; at += 5)
        {
            Charge(penalties, 5, at);
            Assert.That(RefusedFor(penalties, at), Is.Zero);
        }
    }

    [Test]
    public void Penalties_are_capped()
    {
        var penalties = new Penalties();
        for (int i = 0; i < 100; i++)
        {
            Charge(penalties, 90, at: 0);
        }

        Assert.That(RefusedFor(penalties, at: 0), Is.EqualTo(600));
        Assert.That(RefusedFor(penalties, at: 600), Is.Zero);
    }

    [Test]
    public void A_penalty_is_of_one_source_only()
    {
        var penalties = new Penalties();
        Charge(penalties, 90, at: 0);
        Assert.That(penalties.RefusedFor(new SourceKey(2, 1), 0), Is.EqualTo(TimeSpan.Zero));
        Assert.That(penalties.RefusedFor(new SourceKey(1, 2), 0), Is.EqualTo(TimeSpan.Zero));
    }

    [TestCase(0, 0, false, 0)]
    [TestCase(77, 0, false, 5)]
    [TestCase(78, 0, false, 0)]
    [TestCase(0, 11, false, 90, TestName = "A_crash_costs_what_signal_says")]
    [TestCase(0, 9, false, 90)]
    [TestCase(0, Signal.SIGPIPE, false, 0, TestName = "A_client_that_hangs_up_has_not_made_the_handler_crash")]
    [TestCase(0, Signal.SIGTERM, false, 0, TestName = "A_handler_that_somebody_ended_has_not_crashed")]
    [TestCase(0, Signal.SIGINT, false, 0)]
    [TestCase(0, Signal.SIGHUP, false, 0)]
    [TestCase(0, 9, true, 20, TestName = "A_handler_whose_time_was_over_costs_what_timeout_says")]
    [TestCase(77, 0, true, 20)]
    public void The_price_is_that_of_the_way_the_handler_ended(int code, int signal, bool timedOut, int seconds) =>
        Assert.That(Penalties.PriceOf(s_rules, new ExitStatus(code, signal), timedOut), Is.EqualTo(Seconds(seconds)));

    private static double Charge(Penalties penalties, int seconds, int at) =>
        penalties.Charge(s_source, Seconds(seconds), s_rules, Seconds(at).Ticks).TotalSeconds;

    private static double RefusedFor(Penalties penalties, int at) => penalties.RefusedFor(s_source, Seconds(at).Ticks).TotalSeconds;

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);
}
