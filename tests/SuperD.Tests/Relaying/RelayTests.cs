using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Loop;
using SuperD.Relaying;
using SuperD.Services;
using SuperD.Tests.Configuration;
using SuperD.Tests.Support;

namespace SuperD.Tests.Relaying;

/// <summary>
/// How a relay reaches its backend, and how long it waits for a silent side; the test controls the time and the name look-ups.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RelayTests : IRelaySink, IDisposable
{
    private static readonly IPAddress s_otherLoopback = IPAddress.Parse("127.0.0.2");

    private readonly FakeTime _time = new();
    private readonly TestBackend _front = new();
    private readonly TestBackend _backend = new();
    private readonly EventLoop _loop;
    private readonly Relays _relays;
    private volatile IPAddress[] _known = [];
    private volatile string? _tried;
    private volatile object? _end;
    private Task? _running;

    public RelayTests()
    {
        _loop = new EventLoop(_time);
        _relays = new Relays(new Stages(), _loop, this, _ => _known);
    }

    [Test]
    public void A_backend_that_has_moved_is_found_at_its_new_address_half_a_minute_later()
    {
        using TestBackend old = new(new IPEndPoint(s_otherLoopback, _backend.Port));
        _known = [s_otherLoopback];
        using Socket first = Connect($"redirect = 'db.example:{_backend.Port}'\n");
        old.Accept().Dispose();

        _known = [IPAddress.Loopback];
        Pass(TimeSpan.FromSeconds(30));

        using Socket second = Connect($"redirect = 'db.example:{_backend.Port}'\n");
        _backend.Accept().Dispose();
    }

    [Test]
    public void The_second_address_of_a_name_is_taken_when_nobody_listens_at_the_first()
    {
        _known = [s_otherLoopback, IPAddress.Loopback];
        using Socket client = Connect($"redirect = 'db.example:{_backend.Port}'\n");
        using Socket peer = _backend.Accept();
        peer.Send("x"u8);
        Assert.That(client.Receive(new byte[2]), Is.EqualTo(1));
    }

    [Test]
    public void Connect_timeout_is_for_all_addresses_together_and_tells_what_each_said()
    {
        using DeadEnd deadEnd = new();
        _known = [s_otherLoopback, IPAddress.Loopback];
        int before = UnansweredTo(deadEnd.Port);
        using Socket client = Connect($"redirect = 'db.example:{deadEnd.Port}'\nconnect_timeout = '3s'\n");
        Patience.Until(() => UnansweredTo(deadEnd.Port) > before, "the second address is tried");
        Pass(TimeSpan.FromSeconds(2));
        Assert.That(_tried, Is.Null);
        Pass(TimeSpan.FromSeconds(1));

        Assert.That(client.Receive(new byte[1]), Is.Zero);
        Patience.Until(() => _tried is not null, "it is told");
        Assert.That(
            _tried,
            Is.EqualTo(
                $"127.0.0.2:{deadEnd.Port}: Connection refused (errno 111); 127.0.0.1:{deadEnd.Port}: no answer (connect_timeout 3 s)"));
        Assert.That(UnansweredTo(deadEnd.Port), Is.EqualTo(before));
    }

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
    public void A_client_that_is_silent_after_its_backends_end_is_closed_after_a_minute_or_idle_timeout(
        string lines, int seconds, string reason)
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
        _loop.Post(_loop.Stop);
        _running?.Wait(Patience.Limit);
        _loop.Dispose();
        _front.Dispose();
        _backend.Dispose();
    }

    void IRelaySink.OnRelayed(Connection connection, EndPoint backend)
    {
    }

    void IRelaySink.OnBackendFailed(Connection connection, string tried)
    {
        connection.Socket.Dispose();
        _tried = tried;
    }

    void IRelaySink.OnRelayEnded(Connection connection, RelayEnd end) => _end = end.Reason;

    /// <summary>An established relay: the sockets of the client and of the backend.</summary>
    private (Socket Client, Socket Backend) Relay(string lines)
    {
        Socket client = Connect(_backend.Redirect + lines);
        return (client, _backend.Accept());
    }

    /// <summary>Connects a client to a service with these lines.</summary>
    private Socket Connect(string lines)
    {
        var service = new Service(ConfigurationFiles.DefinitionOf(ConfigurationFiles.Listen + lines));
        Assert.That(ClientSocket.Connect(new IPEndPoint(IPAddress.Loopback, _front.Port), out Fd? accepted).IsError, Is.False);
        Socket client = _front.Accept();
        _loop.Post(() => _relays.Start(new Connection(1, service, accepted!, default, default))); // connected
        _running ??= Task.Run(_loop.Run);
        return client;
    }

    /// <summary>How many connection attempts to this port are still unanswered.</summary>
    private static int UnansweredTo(int port) =>
        IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections()
            .Count(
                connection =>
                    connection.State == TcpState.SynSent && connection.RemoteEndPoint.Equals(new IPEndPoint(IPAddress.Loopback, port)));

    /// <summary>Advances the time, after everything due earlier has happened.</summary>
    private void Pass(TimeSpan time)
    {
        Round();
        _loop.Post(() => _time.Advance(time));
        Round();
    }

    /// <summary>Waits until the loop has polled twice: the second round sees the consequences of the first.</summary>
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
        Patience.Until(() => _end is not null || _running!.IsCompleted, "the relay ends");
        return (RelayEndReason)_end!; // set, or the loop has failed and the test fails with it
    }
}
