using System.Text;
using SuperD.Launching;
using SuperD.Linux;
using SuperD.Loop;

namespace SuperD.Upgrading;

/// <summary>
/// Asks the executable that superd will become whether it can take over: with this configuration, from this version. Loop only.
/// </summary>
/// <remarks>
/// It runs as a child, with superd's own environment and limits, and prints its answer (<see cref="UpgradeAnswer"/>), or what prevents it.
/// Exit code 0 proves nothing: most programs exit with that. So the question carries a nonce, which only a program that understands it
/// repeats.
/// </remarks>
internal sealed class UpgradeCheck : IReadySource
{
    /// <summary>Ten times as long as superd takes to start on a slow machine.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan s_slotRetry = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan s_watchRetry = TimeSpan.FromMilliseconds(100);

    /// <summary>Reads per turn at most: a program that never stops printing must not hold up the loop.</summary>
    private const int MostReads = 64;

    /// <summary>How much of its output is kept.</summary>
    private const int MaxOutputBytes = 16 * 1024;

    /// <summary>A program that prints more than this is taken to never stop.</summary>
    private const long LongestOutputBytes = 1024 * 1024;

    /// <summary>The first descriptor after stdin, stdout and stderr.</summary>
    private const int ProgramDescriptor = 3;

    private readonly EventLoop _loop;
    private readonly NextVersion _next;
    private readonly string _nonce;
    private readonly Action<string?, string> _done;
    private readonly MemoryStream _output = new();
    private readonly byte[] _chunk = new byte[4096];
    private Fd? _pipe;
    private Fd? _pidfd;
    private Launch? _launch;
    private WatchToken _watch;
    private LoopTimer? _timer;
    private long _saidBytes;
    private bool _isLate;
    private bool _isOver;

    private UpgradeCheck(EventLoop loop, NextVersion next, string nonce, Action<string?, string> done)
    {
        _loop = loop;
        _next = next;
        _nonce = nonce;
        _done = done;
    }

    private string Path => _next.Image.Path;

    /// <summary>Runs it.</summary>
    /// <param name="configurationFile">See <see cref="UpgradeCheckArguments"/>.</param>
    /// <param name="done">
    /// Called once with what prevents the upgrade, or null, and with the version that can take over, or an empty text.
    /// </param>
    public static void Start(
        EventLoop loop,
        Launcher launcher,
        InheritedState inherited,
        NextVersion next,
        string configurationFile,
        Action<string?, string> done)
    {
        string nonce = Guid.NewGuid().ToString("N");
        IReadOnlyList<string> question = UpgradeCheckArguments.For(nonce, configurationFile, inherited.PassedSockets);
        LaunchPlan plan = Plan(next, inherited, [.. next.HostArguments, .. question]);
        new UpgradeCheck(loop, next, nonce, done).Launch(launcher, plan);
    }

    public void OnReady(EpollEvents events)
    {
        if (_watch != default)
        {
            _loop.Unwatch(_pidfd!, _watch); // set while it is watched
        }

        _timer?.Cancel();
        Read();
        bool isHeld = ChildProcess.Reap(_pidfd!, out ExitStatus status, out _).Errno == Errno.EAGAIN;
        if (isHeld)
        {
            _ = ChildProcess.SignalGroup(_launch!.Pid, Signal.SIGKILL); // the tracer is probably in its group
            HeldChild.ReapLater(_loop, _pidfd!);
        }
        else
        {
            _pidfd!.Dispose();
        }

        _isOver = true;
        _pipe!.Dispose();
        string said = Encoding.UTF8.GetString(_output.ToArray()).Trim();
        LaunchError? error = _launch is { State: LaunchState.Failed } ? _launch.Error : null;
        _launch?.Release();
        string? problem = error is { } failed ? CannotBeRun(failed)
            : isHeld ? $"{Path} has ended, but another process traces it, so that superd cannot learn how"
            : _isLate ? $"{Path} did not answer within {s_patience.TotalSeconds} s"
            : _saidBytes > LongestOutputBytes ? $"{Path} gives an answer that has no end"
            : status.Signal != 0 ? $"{Path} was ended by signal {Signal.Name(status.Signal)}; it said: {said}"
            : status.Code == UpgradeCheckArguments.NotUnderstood
                ? $"{Path} is a superd that knows no upgrade from this version, or none at all: {said}; restart superd instead"
            : !status.IsSuccess ? said.Length > 0 ? said : $"{Path} ended with exit code {status.Code}"
            : null;
        string? version = null;
        if (problem is null)
        {
            version = UpgradeAnswer.Read(said, _nonce, out string? wrong);
            problem = wrong is null ? null : $"{Path} {wrong}";
        }

        _done(problem, version ?? string.Empty);
    }

    private static LaunchPlan Plan(NextVersion next, InheritedState inherited, IReadOnlyList<string> arguments)
    {
        var plan = new LaunchPlan();
        plan.UnshareDescriptors();
        plan.PlaceSocket(0);
        plan.PlaceSocket(1);
        plan.PlaceSocket(2);
        if (next.Binary is not null)
        {
            plan.PlaceProgram(ProgramDescriptor);
        }

        plan.CloseDescriptorsFrom(next.Binary is null ? ProgramDescriptor : ProgramDescriptor + 1);
        plan.OwnProcessGroup();
        plan.DefaultSignals(LaunchPlan.AllSignals);
        plan.RestoreOpenFiles(inherited.SoftOpenFiles, inherited.HardOpenFiles);
        foreach (string variable in next.Image.Environment.Select(Encoding.UTF8.GetString))
        {
            int equals = variable.IndexOf('=');
            if (equals > 0)
            {
                plan.SetEnvironment(variable[..equals], variable[(equals + 1)..]);
            }
        }

        plan.ClearSignalMask();
        if (next.Binary is null)
        {
            plan.Execute(next.Image.Path, arguments);
        }
        else
        {
            plan.ExecuteOpen(ProgramDescriptor, arguments);
        }

        return plan;
    }

    private void Launch(Launcher launcher, LaunchPlan plan)
    {
        if (!launcher.TryTake(out _launch))
        {
            _loop.Schedule(s_slotRetry, () => Launch(launcher, plan));
            return;
        }

        SysResult pipe = Pipe.Create(out _pipe, out Fd? writeEnd);
        LaunchError? error = writeEnd is null
            ? new LaunchError("pipe2", pipe.Errno)
            : _launch.Start(plan, writeEnd, _next.Binary, cgroup: null, out _pidfd);
        writeEnd?.Dispose();
        if (error is { } failed)
        {
            _pipe?.Dispose();
            _launch.Release();
            _done(CannotBeRun(failed), string.Empty);
            return;
        }

        _timer = _loop.Schedule(s_patience, OnLate);
        Watch();
        ReadInTime();
    }

    private void Watch()
    {
        if (_loop.Watch(_pidfd!, EpollEvents.Readable, this, out _watch).IsError) // set since the launch
        {
            _loop.Schedule(s_watchRetry, Watch); // the kernel has no memory for the watch: its end is noticed later
        }
    }

    private string CannotBeRun(LaunchError error) => $"{Path} cannot be run: {error.Step}: {Errno.Describe(error.Errno)}";

    private void OnLate()
    {
        _isLate = true;
        _ = ChildProcess.SignalGroup(_launch!.Pid, Signal.SIGKILL); // set since the launch
    }

    /// <summary>Reads its output while it runs: a full pipe would keep it from ending.</summary>
    private void ReadInTime()
    {
        if (!_isOver)
        {
            _ = _launch!.TryFreeSlots(); // set since the launch
            Read();
            if (_saidBytes > LongestOutputBytes)
            {
                _ = ChildProcess.SignalGroup(_launch.Pid, Signal.SIGKILL);
            }

            _loop.Schedule(TimeSpan.FromMilliseconds(50), ReadInTime);
        }
    }

    private void Read()
    {
        for (int left = MostReads; left > 0 && _pipe!.Read(_chunk) is { IsError: false, Value: > 0 } read; left--)
        {
            _saidBytes += read.Value;
            int room = Math.Min(read.Value, MaxOutputBytes - (int)_output.Length);
            _output.Write(_chunk, 0, room);
        }
    }
}
