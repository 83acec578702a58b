using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Loop;
using SuperD.Relaying;
using SuperD.Services;
using SuperD.Tests.Configuration;
using SuperD.Tests.Support;

namespace SuperD.Tests.Relaying;

/// <summary>How long a relay waits for a side that says nothing more; time is the test's.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RelayTests : IRelaySink, IDisposable
{
    private readonly FakeTime _time = new();
    private readonly TestBackend _front = new();
    private readonly TestBackend _backend = new();
    private readonly EventLoop _loop;
    private volatile object? _end;
    private Task _running = Task.CompletedTask;

    public RelayTests() => _loop = new EventLoop(_time);

    [Test]
    public void A_client_that_broke_off_is_given_up_when_its_backend_takes_nothing_for_a_minute()
    {
        (Socket client, Socket peer) = Relay("");
        client.Blocking = false;
        var chunk = new byte[1 << 20];
        long sent = 0;
        Patience.UntilStill(() => sent += Math.Max(0, client.Send(chunk, SocketFlags.None, out _)), "the client is held back");
        client.LingerState = new LingerOption(true, 0);
        client.Dispose();

        Pass(TimeSpan.FromSeconds(59));
        Assert.That(_end, Is.Null);
        Pass(TimeSpan.FromSeconds(1));

        Assert.That(End(), Is.EqualTo(RelayEndReason.ClientReset));
        peer.Dispose();
    }

    [TestCase("", 60, "Closed")]
    [TestCase("idle_timeout = '10m'\n", 60, "Closed")]
    [TestCase("idle_timeout = '10s'\n", 10, "IdleTimeout")]
    public void A_client_that_is_silent_after_its_backends_end_is_closed_after_a_minute_or_idle_timeout(string lines, int seconds, string reason)
    {
        (Socket client, Socket peer) = Relay(lines);
        peer.Shutdown(SocketShutdown.Send);
        Assert.That(client.Receive(new byte[1]), Is.Zero);
        Pass(TimeSpan.FromSeconds(seconds - 1));
        Assert.That(_end, Is.Null);
        client.Send("x"u8);
        Assert.That(peer.Receive(new byte[1]), Is.EqualTo(1), "it may still speak");

        Pass(TimeSpan.FromSeconds(seconds - 1));
        Assert.That(_end, Is.Null);
        Pass(TimeSpan.FromSeconds(1));

        Assert.That(End().ToString(), Is.EqualTo(reason));
        client.Dispose();
        peer.Dispose();
    }

    [Test]
    public void A_client_that_has_ended_may_wait_for_its_answer_as_long_as_it_takes()
    {
        (Socket client, Socket peer) = Relay("");
        client.Shutdown(SocketShutdown.Send);
        Assert.That(peer.Receive(new byte[1]), Is.Zero);
        Pass(TimeSpan.FromDays(1));
        peer.Send("x"u8);
        peer.Dispose();

        var answer = new byte[2];
        Assert.That(client.Receive(answer), Is.EqualTo(1));
        Assert.That(End(), Is.EqualTo(RelayEndReason.Closed));
        client.Dispose();
    }

    public void Dispose()
    {
        if (!_running.IsCompleted)
        {
            _loop.Post(_loop.Stop);
        }

        _running.Wait(Patience.Limit);
        _loop.Dispose();
        _front.Dispose();
        _backend.Dispose();
    }

    void IRelaySink.OnRelayed(Connection connection, EndPoint backend)
    {
    }

    void IRelaySink.OnBackendFailed(Connection connection, string tried) => Assert.Fail(tried);

    void IRelaySink.OnRelayEnded(Connection connection, RelayEnd end) => _end = end.Reason;

    /// <summary>A relay at work: the sockets of the client and of the backend.</summary>
    private (Socket Client, Socket Backend) Relay(string lines)
    {
        var service = new Service(ConfigurationFiles.DefinitionOf(ConfigurationFiles.Listen + _backend.Redirect + lines));
        Assert.That(ClientSocket.Connect(new IPEndPoint(IPAddress.Loopback, _front.Port), out Fd? accepted).IsError, Is.False);
        Socket client = _front.Accept();
        var relays = new Relays(_loop, this);
        _loop.Post(() => relays.Start(new Connection(1, service, accepted!, default, default))); // connected
        _running = Task.Run(_loop.Run);
        return (client, _backend.Accept());
    }

    /// <summary>Time goes by, when all that was to happen before has happened.</summary>
    private void Pass(TimeSpan time)
    {
        Round();
        _loop.Post(() => _time.Advance(time));
        Round();
    }

    /// <summary>Waits until the loop has seen twice all that there is to see: the second round sees what the first has brought about.</summary>
    private void Round()
    {
        for (int i = 0; i < 2; i++)
        {
            var seen = new TaskCompletionSource();
            _loop.Post(seen.SetResult);
            Assert.That(seen.Task.Wait(Patience.Limit), Is.True);
        }
    }

    private RelayEndReason End()
    {
        Patience.Until(() => _end is not null || _running.IsCompleted, "the relay ends");
        return (RelayEndReason)_end!; // or the loop has failed, and so does the test
    }
}
