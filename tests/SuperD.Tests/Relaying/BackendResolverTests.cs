using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using SuperD.Loop;
using SuperD.Relaying;
using SuperD.Tests.Support;

namespace SuperD.Tests.Relaying;

/// <summary>How often a backend's name is looked up, and how the answer is used.</summary>
public sealed class BackendResolverTests
{
    private readonly ConcurrentQueue<string> _asked = [];
    private readonly FakeTime _time = new();
    private IPAddress[] _known = [];

    [SetUp]
    public void Forget() => _asked.Clear();

    [Test]
    public void An_answer_is_used_for_30_seconds_and_then_asked_for_again()
    {
        using EventLoop loop = new(_time);
        IPAddress[] old = [IPAddress.Parse("192.0.2.1")], moved = [IPAddress.Parse("192.0.2.2")];
        Run(
            new BackendResolver(loop, LookUp),
            loop,
            (() => _known = old, answer => Assert.That(answer.Addresses, Is.EqualTo(old))),
            (() => Pass(TimeSpan.FromSeconds(29), moved), answer => Assert.That(answer.Addresses, Is.EqualTo(old))),
            (() => Pass(TimeSpan.FromSeconds(1), moved), answer => Assert.That(answer.Addresses, Is.EqualTo(moved))));
        Assert.That(_asked, Has.Count.EqualTo(2));
    }

    [Test]
    public void A_failure_is_told_with_its_reason_and_tried_again_after_a_second()
    {
        using EventLoop loop = new(_time);
        IPAddress[] found = [IPAddress.Loopback];
        string reason = new SocketException((int)SocketError.HostNotFound).Message;
        Run(
            new BackendResolver(loop, LookUp),
            loop,
            (() => _known = [], answer => Assert.That(answer.Problem, Is.EqualTo(reason))),
            (() => Pass(TimeSpan.FromMilliseconds(999), found), answer => Assert.That(answer.Addresses, Is.Empty)),
            (() => Pass(TimeSpan.FromMilliseconds(1), found), answer => Assert.That(answer.Addresses, Is.EqualTo(found))));
        Assert.That(_asked, Has.Count.EqualTo(2));
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
        _known = [IPAddress.Loopback];
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

        // The loop runs this during the look-up: the loop does not wait for it.
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

    private static IPAddress AddressOf(string name) =>
        IPAddress.Parse(name[1] == '6' ? $"2001:db8::{name[0]}" : $"192.0.2.{name[0] - 'a'}");

    /// <summary>Runs the steps in order on the loop, each after the answer to the previous one.</summary>
    private static void Run(BackendResolver resolver, EventLoop loop, params (Action Before, Action<BackendAddresses> Check)[] steps)
    {
        void Next(int index)
        {
            if (index == steps.Length)
            {
                loop.Stop();
                return;
            }

            steps[index].Before();
            resolver.Resolve(index % 2 == 0 ? "db" : "DB", answer =>
            {
                steps[index].Check(answer);
                Next(index + 1);
            });
        }

        loop.Post(() => Next(0));
        loop.Run();
    }

    private void Pass(TimeSpan time, IPAddress[] known)
    {
        _time.Advance(time);
        _known = known;
    }

    private IPAddress[] LookUp(string host)
    {
        _asked.Enqueue(host);
        return _known.Length > 0 ? _known : throw new SocketException((int)SocketError.HostNotFound);
    }
}
