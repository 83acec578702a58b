using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using SuperD.Loop;
using SuperD.Relaying;
using SuperD.Tests.Support;

namespace SuperD.Tests.Relaying;

/// <summary>How often a backend's name is looked up, and what is done with the answer.</summary>
public sealed class BackendResolverTests
{
    private readonly ConcurrentQueue<string> _asked = [];
    private readonly FakeTime _time = new();
    private IPAddress[] _known = [IPAddress.Parse("192.0.2.1")];

    [SetUp]
    public void Forget() => _asked.Clear();

    [Test]
    public void An_answer_is_used_for_30_seconds_and_then_asked_for_again()
    {
        using EventLoop loop = new(_time);
        BackendResolver resolver = new(loop, LookUp);
        _known = [IPAddress.Parse("192.0.2.1")];
        Assert.That(Resolve(loop, resolver, "db").Addresses, Is.EqualTo(_known));

        _time.Advance(TimeSpan.FromSeconds(29));
        _known = [IPAddress.Parse("192.0.2.2")];
        Assert.That(Resolve(loop, resolver, "DB").Addresses, Is.EqualTo(new[] { IPAddress.Parse("192.0.2.1") }));
        Assert.That(_asked, Has.Count.EqualTo(1));

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(Resolve(loop, resolver, "db").Addresses, Is.EqualTo(_known));
        Assert.That(_asked, Is.EqualTo(new[] { "db", "db" }));
    }

    [Test]
    public void A_failure_is_told_with_its_reason_and_tried_again_after_a_second()
    {
        using EventLoop loop = new(_time);
        BackendResolver resolver = new(loop, LookUp);
        _known = [];
        Assert.That(Resolve(loop, resolver, "db").Problem, Is.EqualTo(new SocketException((int)SocketError.HostNotFound).Message));
        Assert.That(Resolve(loop, resolver, "db").Addresses, Is.Empty);
        Assert.That(_asked, Has.Count.EqualTo(1));

        _time.Advance(TimeSpan.FromSeconds(1));
        _known = [IPAddress.Loopback];
        Assert.That(Resolve(loop, resolver, "db").Problem, Is.Null);
    }

    [Test]
    public void Many_clients_at_once_cost_one_question_and_the_loop_goes_on_meanwhile()
    {
        using EventLoop loop = new(_time);
        using ManualResetEventSlim answer = new();
        BackendResolver resolver = new(loop, host =>
        {
            answer.Wait(Patience.Limit);
            return LookUp(host);
        });
        int answered = 0;
        for (int i = 0; i < 100; i++)
        {
            resolver.Resolve("db", _ =>
            {
                if (++answered == 100)
                {
                    loop.Stop();
                }
            });
        }

        // The loop runs this while the question is on its way: it is not the loop that waits.
        loop.Post(() =>
        {
            Assert.That(answered, Is.Zero);
            answer.Set();
        });
        loop.Run();

        Assert.That((answered, _asked.Count), Is.EqualTo((100, 1)));
    }

    [TestCase("a6 b6 c4", "a6 c4 b6")]
    [TestCase("a4 b4 c4 d6 e6", "a4 d6 b4 e6 c4")]
    [TestCase("a6", "a6")]
    [TestCase("", "")]
    public void The_families_are_tried_in_turn_and_the_resolvers_first_choice_first(string given, string tried)
    {
        IPAddress[] addresses = [.. given.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(AddressOf)];
        Assert.That(HappyOrder.Of(addresses), Is.EqualTo(tried.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(AddressOf)));
    }

    private static IPAddress AddressOf(string name) => IPAddress.Parse(name[1] == '6' ? $"2001:db8::{name[0]}" : $"192.0.2.{name[0] - 'a'}");

    private static BackendAddresses Resolve(EventLoop loop, BackendResolver resolver, string host)
    {
        BackendAddresses result = default;
        bool isDone = false;
        resolver.Resolve(host, answer =>
        {
            (result, isDone) = (answer, true);
            loop.Stop();
        });
        if (!isDone)
        {
            loop.Run();
        }

        return result;
    }

    private IPAddress[] LookUp(string host)
    {
        _asked.Enqueue(host);
        return _known.Length > 0 ? _known : throw new SocketException((int)SocketError.HostNotFound);
    }
}
