using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using NUnit.Framework;
using SuperD.Loop;
using SuperD.Relaying;
using SuperD.Tests.Support;

namespace SuperD.Tests.Relaying;

/// <summary>A backend with several addresses: which address the connector chooses, and how soon.</summary>
[NonParallelizable]
public sealed class BackendConnectorTests
{
    [Test]
    public void The_address_after_one_that_refuses_is_taken_at_once()
    {
        using TestBackend backend = new();
        int closed = TestBackend.ClosedPort();

        // Timers never fire on this clock, so success proves that there is no pause before the next address.
        Assert.That(Connect(new FakeTime(), closed, closed, backend.Port), Is.EqualTo($"127.0.0.1:{backend.Port}"));
    }

    [Test]
    public void The_address_after_one_that_does_not_answer_is_tried_after_a_quarter_of_a_second()
    {
        using DeadEnd deadEnd = new();
        using TestBackend backend = new();
        var clock = Stopwatch.StartNew();

        Assert.That(Connect(deadEnd.Port, deadEnd.Port, backend.Port), Is.EqualTo($"127.0.0.1:{backend.Port}"));
        Assert.That(clock.Elapsed, Is.GreaterThanOrEqualTo(TimeSpan.FromMilliseconds(500)));
    }

    [Test]
    public void When_all_have_failed_each_is_told_with_its_reason()
    {
        int first = TestBackend.ClosedPort();
        int second = TestBackend.ClosedPort();

        Assert.That(
            Connect(first, second),
            Is.EqualTo($"127.0.0.1:{first}: Connection refused (errno 111); 127.0.0.1:{second}: Connection refused (errno 111)"));
    }

    [Test]
    public void Giving_up_closes_what_is_on_its_way()
    {
        using DeadEnd deadEnd = new();
        using EventLoop loop = new(TimeProvider.System);
        int before = ProcFs.Descriptors(Environment.ProcessId).Count;
        BackendConnector connector = new(
            loop, [Loopback(deadEnd.Port)], (_, _) => { }, (_, _) => Assert.Fail("connected"), () => Assert.Fail("failed"));
        connector.TryNext();
        Assert.That(connector.Tried, Is.EqualTo($"127.0.0.1:{deadEnd.Port}: no answer"));

        connector.Stop();

        Assert.That(ProcFs.Descriptors(Environment.ProcessId), Has.Count.LessThanOrEqualTo(before));
    }

    /// <summary>Connects to the first of these ports that answers; returns its address, or the list of attempts.</summary>
    private static string Connect(params int[] ports) => Connect(TimeProvider.System, ports);

    private static string Connect(TimeProvider time, params int[] ports)
    {
        using EventLoop loop = new(time);
        string result = "nothing";
        BackendConnector? connector = null;
        connector = new BackendConnector(
            loop,
            [.. ports.Select(Loopback)],
            (_, _) => { },
            (socket, address) =>
            {
                socket.Dispose();
                result = $"{address}";
                loop.Stop();
            },
            () =>
            {
                result = connector!.Tried; // called by the connector
                loop.Stop();
            });
        loop.Schedule(Patience.Limit, loop.Stop);
        loop.Post(connector.TryNext);
        loop.Run();
        return result;
    }

    private static EndPoint Loopback(int port) => new IPEndPoint(IPAddress.Loopback, port);
}
