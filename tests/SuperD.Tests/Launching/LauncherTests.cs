using System.Net;
using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Launching;
using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;
using SuperD.Tests.Linux;
using SuperD.Tests.Support;
using ChildProcess = SuperD.Linux.ChildProcess;

namespace SuperD.Tests.Launching;

/// <summary>Launches on an event loop of their own: what the launcher reports of each, in which order, and what they cost.</summary>
[NonParallelizable]
public sealed class LauncherTests
{
    private static readonly ProcessLauncher s_processes = ProcessLauncher.Create(2);

    private readonly List<(long Connection, string? FailedStep, bool HasEnded)> _settled = [];
    private readonly Dictionary<Connection, LaunchPlan> _plans = [];
    private EventLoop _loop = null!; // set before each test
    private Launcher _launcher = null!; // set before each test
    private Fd _socket = null!; // set before each test
    private Action? _beforeLast;
    private int _expected;

    [SetUp]
    public void Prepare()
    {
        _settled.Clear();
        _plans.Clear();
        _beforeLast = null;
        UseTime(TimeProvider.System);
        _ = TcpSocket.Listen(new IPEndPoint(IPAddress.Loopback, 0), new TcpListenOptions(1, true, false, null), out Fd? socket);
        _socket = socket!; // a free loopback port is always available
    }

    [TearDown]
    public void Clean_up()
    {
        _socket.Dispose();
        _loop.Dispose();
    }

    [Test]
    public void Every_launch_is_told_of_once_though_more_are_asked_for_than_there_are_slots()
    {
        const int Launches = 20;
        LaunchPlan plan = PlanOf("/bin/true");
        Run(Launches, () =>
        {
            for (int i = 1; i <= Launches; i++)
            {
                Submit(ConnectionOf(i), plan, pipesStderr: true);
            }

            Assert.That(_launcher.Count, Is.EqualTo(Launches));
            Assert.That(_settled, Is.Empty, "nothing is told from within");
        });

        Assert.That(_settled.Select(settled => settled.Connection), Is.EquivalentTo(Enumerable.Range(1, Launches)));
        Assert.That(_settled.Select(settled => settled.FailedStep), Is.All.Null);
        Assert.That(_launcher.Count, Is.Zero);
    }

    [Test]
    public void A_handler_that_lives_is_told_of_before_it_ends()
    {
        Run(1, () => Submit(ConnectionOf(1), PlanOf(LaunchedChild.Sleeper), pipesStderr: false));

        Assert.That(_settled, Is.EqualTo(new[] { (1L, (string?)null, false) }));
    }

    [Test]
    public void A_launch_that_fails_names_its_step_and_others_go_on()
    {
        Run(3, () =>
        {
            Submit(ConnectionOf(1), PlanOf("/no/such/program"), pipesStderr: true);
            Submit(ConnectionOf(2, new Fd(1_000_000)), PlanOf("/bin/true"), pipesStderr: true);
            Submit(ConnectionOf(3), PlanOf("/bin/true"), pipesStderr: true);
        });

        Assert.That(
            _settled.OrderBy(settled => settled.Connection).Select(settled => settled.FailedStep),
            Is.EqualTo(new[] { "execve", "dup3", null }));
        Assert.That(ProcFs.Children(Environment.ProcessId).Where(pid => !ProcFs.IsRunning(pid)), Is.Empty, "no zombie is left");
    }

    [Test]
    public void A_launch_that_stands_still_holds_up_no_other()
    {
        // A child that is born into a frozen cgroup does not run before the cgroup is thawed.
        using var group = TestCgroup.Create();
        group.Write("cgroup.freeze", "1");
        Connection frozen = ConnectionOf(1);
        frozen.Cgroup = group.Leaf("leaf");
        LaunchPlan plan = PlanOf("/bin/true");
        Run(5, () =>
        {
            Submit(frozen, plan, pipesStderr: true);
            for (int i = 2; i <= 5; i++)
            {
                Submit(ConnectionOf(i), plan, pipesStderr: true);
            }

            _beforeLast = () => group.Write("cgroup.freeze", "0");
        });

        Assert.That(_settled.Select(settled => settled.Connection).Order(), Is.EqualTo(new long[] { 1, 2, 3, 4, 5 }));
        Assert.That(_settled[^1].Connection, Is.EqualTo(1), "the one that stood still is the last");
    }

    [Test]
    public void Launches_that_had_to_wait_for_a_slot_are_not_taken_for_slow_ones()
    {
        const int Launches = 20;
        const int WaitedMs = 20;
        const int ManyMs = 200; // at the slow interval of 50 ms for each pair of launches it would take more than twice as long
        var time = new SlowTime();
        _loop.Dispose();
        UseTime(time);
        LaunchPlan plan = PlanOf(LaunchedChild.Sleeper);
        long begunMs = 0;
        Run(Launches, () =>
        {
            for (int i = 1; i <= Launches; i++)
            {
                Submit(ConnectionOf(i), plan, pipesStderr: false);
            }

            time.Advance(TimeSpan.FromMilliseconds(WaitedMs));
            begunMs = _loop.NowMs;
        });

        Assert.That(_loop.NowMs - begunMs, Is.LessThan(ManyMs));
    }

    private void Submit(Connection connection, LaunchPlan plan, bool pipesStderr)
    {
        _plans.Add(connection, plan);
        _launcher.Submit(connection, pipesStderr);
    }

    private static LaunchPlan PlanOf(params string[] command)
    {
        var plan = new LaunchPlan();
        plan.UnshareDescriptors();
        plan.PlaceSocket(0);
        plan.PlaceStderr();
        plan.CloseDescriptorsFrom(3);
        plan.ClearSignalMask();
        plan.TakeTime();
        plan.Execute(command[0], command);
        return plan;
    }

    private void UseTime(TimeProvider time)
    {
        _loop = new EventLoop(time);
        _launcher = new Launcher(_loop, new RecordingLog(), s_processes, (connection, _, _) => _plans[connection], _ => { }, OnSettled);
    }

    private Connection ConnectionOf(long id, Fd? socket = null)
    {
        var service = new Service(new ServiceDefinition
        {
            Name = "true",
            SourceFile = "true.toml",
            Listen = [new ListenAddress(new IPEndPoint(IPAddress.Loopback, 0))],
            Executable = "/bin/true",
            Argv0 = "true",
            Arguments = [],
            Process = new ProcessDefinition { Environment = [] },
        });
        return new Connection(
            id,
            service,
            socket ?? _socket,
            InetEndPoint.From(new IPEndPoint(IPAddress.Loopback, 50112)),
            InetEndPoint.From(new IPEndPoint(IPAddress.Loopback, 9003)));
    }

    /// <summary>Runs the loop until that many launches were reported.</summary>
    private void Run(int launches, Action begin)
    {
        _expected = launches;
        _loop.Enter();
        begin();
        _ = _loop.Schedule(Patience.Limit, _loop.Stop);
        _loop.Run();
        Assert.That(_settled, Has.Count.EqualTo(launches));
    }

    private void OnSettled(LaunchOrder order)
    {
        _settled.Add((order.Connection.Id, order.Error?.Step, order.HasEnded));
        if (order.Error is null)
        {
            _ = ChildProcess.Signal(order.Pid, Signal.SIGKILL);
            _loop.Unwatch(order.Pidfd!, order.PidfdWatch); // no error: the pidfd exists
            _ = LaunchedChild.ReapAtEnd(order.Pidfd!, out _);
            order.Pidfd!.Dispose();
            order.StderrPipe?.Dispose();
        }

        if (_settled.Count == _expected - 1)
        {
            _beforeLast?.Invoke();
        }

        if (_settled.Count == _expected)
        {
            _loop.Post(_loop.Stop);
        }
    }

    /// <summary>A clock that runs slowly, so that a child reaches execve within a millisecond of it even on a slow machine.</summary>
    private sealed class SlowTime : TimeProvider
    {
        private const int Factor = 20;

        private long _ahead;

        public override long GetTimestamp() => (System.GetTimestamp() / Factor) + _ahead;

        public void Advance(TimeSpan time) => _ahead += (long)(time.TotalSeconds * TimestampFrequency);
    }
}
