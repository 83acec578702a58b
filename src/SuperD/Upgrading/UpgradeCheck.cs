using System.Text;
using SuperD.Launching;
using SuperD.Linux;
using SuperD.Loop;

namespace SuperD.Upgrading;

/// <summary>Asks the executable that superd is to become whether it can take over: with this configuration, from this version. Loop only.</summary>
/// <remarks>It is run as a child, with superd's own environment and limits, and says nothing but its version, or what stands in the way.</remarks>
internal sealed class UpgradeCheck : IReadySource
{
    /// <summary>A start of superd takes a tenth of that on a slow machine.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan s_slotRetry = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan s_watchRetry = TimeSpan.FromMilliseconds(100);

    /// <summary>Most that is read in one turn: one that never stops talking must not hold up the loop.</summary>
    private const int MostReads = 64;

    /// <summary>What is kept of what it says.</summary>
    private const int MaxOutputBytes = 16 * 1024;

    private readonly EventLoop _loop;
    private readonly ProcessImage _image;
    private readonly Action<string?, string> _done;
    private readonly MemoryStream _output = new();
    private readonly byte[] _chunk = new byte[4096];
    private Fd? _pipe;
    private Fd? _pidfd;
    private Launch? _launch;
    private WatchToken _watch;
    private LoopTimer? _timer;
    private bool _isLate;
    private bool _isOver;

    /// <param name="done">Told once: what stands in the way, or null; and what it has said, which is its version then.</param>
    private UpgradeCheck(EventLoop loop, ProcessImage image, Action<string?, string> done)
    {
        _loop = loop;
        _image = image;
        _done = done;
    }

    /// <summary>Runs it.</summary>
    /// <param name="arguments">The arguments behind the program's own: see <see cref="UpgradeCheckArguments"/>.</param>
    /// <param name="hostArguments">How many of the image's arguments are the program's name, and a runtime's.</param>
    public static void Start(
        EventLoop loop, Launcher launcher, InheritedState inherited, ProcessImage image, int hostArguments, IReadOnlyList<string> arguments, Action<string?, string> done)
    {
        LaunchPlan plan = Plan(image, inherited, [.. image.Arguments.Take(hostArguments).Select(Encoding.UTF8.GetString), .. arguments]);
        new UpgradeCheck(loop, image, done).Launch(launcher, plan);
    }

    public void OnReady(EpollEvents events)
    {
        if (_watch != default)
        {
            _loop.Unwatch(_pidfd!, _watch); // watched, so it is there
        }

        _timer?.Cancel();
        Read();
        bool isHeld = ChildProcess.Reap(_pidfd!, out ExitStatus status, out _).Errno == Errno.EAGAIN;
        if (isHeld)
        {
            _ = ChildProcess.SignalGroup(_launch!.Pid, Signal.SIGKILL); // the tracer is in it, most likely
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
            : isHeld ? $"{_image.Path} has ended, but another process traces it, so that superd cannot learn how"
            : _isLate ? $"{_image.Path} did not answer within {s_patience.TotalSeconds} s"
            : status.IsSuccess ? null
            : status.Signal != 0 ? $"{_image.Path} was ended by signal {Signal.Name(status.Signal)}; it said: {said}"
            : status.Code == UpgradeCheckArguments.NotUnderstood ? $"{_image.Path} is a superd that knows no upgrade, or none at all: {said}"
            : said.Length > 0 ? said
            : $"{_image.Path} ended with exit code {status.Code}";
        _done(problem, said);
    }

    private static LaunchPlan Plan(ProcessImage image, InheritedState inherited, IReadOnlyList<string> arguments)
    {
        var plan = new LaunchPlan();
        plan.UnshareDescriptors();
        plan.PlaceSocket(0);
        plan.PlaceSocket(1);
        plan.PlaceStderr();
        plan.CloseDescriptorsFrom(3);
        plan.OwnProcessGroup();
        plan.DefaultSignals(LaunchPlan.AllSignals);
        plan.SetLimit(new ResourceLimit(Resource.OpenFiles, inherited.SoftOpenFiles, inherited.HardOpenFiles));
        foreach (string variable in image.Environment.Select(Encoding.UTF8.GetString))
        {
            int equals = variable.IndexOf('=');
            if (equals > 0)
            {
                plan.SetEnvironment(variable[..equals], variable[(equals + 1)..]);
            }
        }

        plan.ClearSignalMask();
        plan.Execute(image.Path, arguments);
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
        LaunchError? error = writeEnd is null ? new LaunchError("pipe2", pipe.Errno) : _launch.Start(plan, writeEnd, writeEnd, cgroup: null, out _pidfd);
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
        if (_loop.Watch(_pidfd!, EpollEvents.Readable, this, out _watch).IsError) // started
        {
            _loop.Schedule(s_watchRetry, Watch); // out of kernel memory for watches: its end is only noticed later
        }
    }

    private string CannotBeRun(LaunchError error) => $"{_image.Path} cannot be run: {error.Step}: {Errno.Describe(error.Errno)}";

    private void OnLate()
    {
        _isLate = true;
        _ = ChildProcess.SignalGroup(_launch!.Pid, Signal.SIGKILL); // started
    }

    /// <summary>A full pipe would keep it from ending.</summary>
    private void ReadInTime()
    {
        if (!_isOver)
        {
            _ = _launch!.TryFreeSlots();
            Read();
            _loop.Schedule(TimeSpan.FromMilliseconds(50), ReadInTime);
        }
    }

    private void Read()
    {
        for (int left = MostReads; left > 0 && _pipe!.Read(_chunk) is { IsError: false, Value: > 0 } read; left--)
        {
            int room = Math.Min(read.Value, MaxOutputBytes - (int)_output.Length);
            _output.Write(_chunk, 0, room);
        }
    }
}
