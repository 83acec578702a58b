using System.Net;
using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Launching;
using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Tests.Launching;

/// <summary>What a launch costs the launcher thread.</summary>
[NonParallelizable]
public sealed class LaunchOrderTests
{
    private static readonly UserWatch s_users = new();

    /// <summary>The two descriptors of the stderr pipe, the pidfd, and two address objects for the environment.</summary>
    private const int MostBytesPerLaunch = 512;

    [Test]
    public void A_launch_allocates_next_to_nothing()
    {
        const int Launches = 50;
        var inherited = new InheritedState(1024, 1024, [Signal.SIGPIPE], HasControllingTerminal: false);
        var service = new Service(new ServiceDefinition
        {
            Name = "true",
            SourceFile = "true.toml",
            Listen = [new ListenAddress(new IPEndPoint(IPAddress.Loopback, 0))],
            Executable = "/bin/true",
            Argv0 = "true",
            Arguments = [],
            Process = new ProcessDefinition { Environment = [KeyValuePair.Create("PATH", "/usr/bin:/bin")] },
        });
        LaunchPlan plan = new LaunchPlanner(inherited).PlanFor(service);
        ProcessLauncher launcher = ProcessLauncher.Create(1)[0];
        _ = TcpSocket.Listen(new IPEndPoint(IPAddress.Loopback, 0), new TcpListenOptions(1, true, false, false), out Fd? socket);
        using Fd listener = socket!; // a fresh loopback port can always be had
        InetEndPoint peer = InetEndPoint.From(new IPEndPoint(IPAddress.Parse("2001:db8::5"), 50112));
        var connection = new Connection(1, service, listener, peer, InetEndPoint.From(new IPEndPoint(IPAddress.Loopback, 9003)));
        var order = new LaunchOrder(_ => { });

        Launch(order, connection, plan, launcher);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Launches; i++)
        {
            Launch(order, connection, plan, launcher);
        }

        long perLaunch = (GC.GetAllocatedBytesForCurrentThread() - before) / Launches;
        TestContext.Out.WriteLine($"{perLaunch} bytes per launch");
        Assert.That(perLaunch, Is.LessThan(MostBytesPerLaunch));
    }

    private static void Launch(LaunchOrder order, Connection connection, LaunchPlan plan, ProcessLauncher launcher)
    {
        order.Prepare(connection, plan, pipesStderr: true, nowMs: 0);
        order.Run(launcher, s_users, null);
        if (order.Result.FailedStep is { } step)
        {
            // Not Assert.That: its own objects would be counted.
            Assert.Fail(step);
        }

        _ = ChildProcess.Reap(order.Result.Pidfd!, out _, out _); // no failed step: it runs
        order.Result.Pidfd!.Dispose();
        order.StderrPipe!.Dispose();
        order.Clear();
    }
}
