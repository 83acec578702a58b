using System.Diagnostics;
using System.Globalization;
using System.Net;
using SuperD.Benchmarks.Subjects;
using SuperD.Configuration;
using SuperD.Launching;
using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Benchmarks;

/// <summary>superd's launcher without a network, in a process of its own. As in superd, nothing in the process handles SIGCHLD.</summary>
/// <remarks>
/// <c>--launch-loop START SECONDS COUNT PROGRAM SANDBOX CHILDREN</c> does what a process of spawn.c does: one child after another, or
/// CHILDREN at a time, from START on (in ms since 1970) so that several processes begin together; prints <c>launches=N seconds=S</c>. It
/// calls the launcher as superd's loop does, with the plan of a real service, and waits for exits with epoll. Between clone and execve both
/// of superd's builds run the same machine code, so this JIT build stands for both.
/// </remarks>
internal static class LaunchLoop
{
    public const string Option = "--launch-loop";

    /// <summary>Where the handler is in a jail; its own directory is below /tmp, which is another one there.</summary>
    private const string InJail = "/bench";

    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(1);

    /// <summary>Launches per second of several such processes together, each with this many children at a time.</summary>
    public static double MeasureRate(Bench bench, int processes, SandboxProfile sandbox, int children)
    {
        string self = Environment.ProcessPath ?? throw new BenchException("this program does not know its own file");
        long start = DateTimeOffset.UtcNow.Add(s_warmUp).ToUnixTimeMilliseconds();
        Answer[] launchers = bench.RunTools(
            processes,
            self,
            Option,
            start,
            bench.Options.Seconds,
            bench.Options.MostConnections / processes,
            bench.Tools.Answer,
            sandbox,
            children);
        return launchers.Sum(launcher => launcher["launches"] / launcher["seconds"]);
    }

    public static int Run(string[] arguments)
    {
        DateTimeOffset start = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(arguments[0], CultureInfo.InvariantCulture));
        double seconds = double.Parse(arguments[1], CultureInfo.InvariantCulture);
        long most = long.Parse(arguments[2], CultureInfo.InvariantCulture);
        int children = int.Parse(arguments[5], CultureInfo.InvariantCulture);
        InheritedState inherited = InheritedState.Take();
        ProcessLauncher processes = ProcessLauncher.Create(children);
        ChildProcess.TakeReapingFromRuntime();
        SandboxDefinition? sandbox = SandboxOf(Enum.Parse<SandboxProfile>(arguments[4]), arguments[3]);
        // A connection without a client.
        LaunchPlan plan = new LaunchPlanner(inherited, processes.ClearsHandlers, needsSessions: false).PlanFor(
            new Connection(1, ServiceOf(arguments[3], sandbox), new Fd(-1), default, default),
            sandbox is null ? null : Make(sandbox, processes));
        using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite);
        var devNull = new Fd((int)handle.DangerousGetHandle()); // not disposed: the handle owns the number
        using var epoll = new Epoll(children);
        var running = new (Launch Launch, Fd PidFd)?[children];
        long ended = 0;

        // Warm-up: keeps JIT compilation out of the measurement.
        while (DateTimeOffset.UtcNow < start)
        {
            Turn();
        }

        ended = 0;
        var clock = Stopwatch.StartNew();
        while (ended < most && clock.Elapsed.TotalSeconds < seconds)
        {
            Turn();
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"launches={ended} seconds={clock.Elapsed.TotalSeconds:0.000000}"));
        return 0;

        // Launches as many as may run, then waits until some have ended. Those of the last turn are left to themselves.
        void Turn()
        {
            for (int i = 0; i < running.Length; i++)
            {
                running[i] ??= Start(processes, plan, epoll, devNull, (ulong)i);
            }

            for (int ready = epoll.Wait(-1); ready > 0; ready--, ended++)
            {
                int index = (int)epoll.Event(ready - 1).Token;
                Finish(running[index]!.Value, epoll);
                running[index] = null;
            }
        }
    }

    private static (Launch Launch, Fd PidFd) Start(ProcessLauncher processes, LaunchPlan plan, Epoll epoll, Fd devNull, ulong token)
    {
        _ = processes.TryTake(out Launch? launch); // there are as many slots as children
        LaunchError? error = launch!.Start(plan, devNull, devNull, cgroup: null, out Fd? pidfd);
        Check(error);
        _ = epoll.Add(pidfd!, EpollEvents.Readable, token); // cannot fail
        return (launch, pidfd!);
    }

    private static void Finish((Launch Launch, Fd PidFd) child, Epoll epoll)
    {
        _ = epoll.Remove(child.PidFd);
        _ = ChildProcess.Reap(child.PidFd, out ExitStatus status, out _);
        child.PidFd.Dispose();
        Check(child.Launch.State == LaunchState.Failed ? child.Launch.Error : status.IsSuccess ? null : new LaunchError("handler", 0));
        child.Launch.Release();
    }

    private static void Check(LaunchError? error)
    {
        if (error is { } failed)
        {
            throw new BenchException(
                $"superd's launcher could not launch the handler, or that failed: {failed.Step}: {Errno.Describe(failed.Errno)}");
        }
    }

    private static SandboxDefinition? SandboxOf(SandboxProfile profile, string handler)
    {
        string directory = Path.GetDirectoryName(handler)!; // absolute
        return profile == SandboxProfile.None ? null : new SandboxDefinition
        {
            Profile = profile,
            HasNetwork = profile == SandboxProfile.Basic, // as by default
            Own = profile == SandboxProfile.Jail ? [] : [directory],
            Jail = profile == SandboxProfile.Jail
                ? new JailDefinition { Service = "answer", Binds = [new JailBind(InJail, directory)] }
                : null,
        };
    }

    private static Sandbox Make(SandboxDefinition definition, ProcessLauncher processes)
    {
        JailTemplate? jail = definition.Jail is { } wanted ? MakeJail(definition, wanted, processes) : null;
        LandlockError? error = jail is null
            ? LandlockRuleset.Create(
                [.. SandboxFiles.Of(definition)], root: null, networkOff: !definition.HasNetwork, out LandlockRuleset? ruleset)
            : LandlockRuleset.CreateForJail(jail.Root, networkOff: !definition.HasNetwork, out ruleset);
        return error is { } failed
            ? throw new BenchException($"no sandbox: {failed.What}: {Errno.Describe(failed.Errno)}")
            : new Sandbox(ruleset, SystemCallFilter.Compile(SandboxPolicy.Of(definition)), jail);
    }

    /// <summary>Makes a jail as superd does, but waits for it.</summary>
    private static JailTemplate MakeJail(SandboxDefinition definition, JailDefinition wanted, ProcessLauncher processes)
    {
        JailTemplate? jail = null;
        if (JailLayout.Find(SandboxFiles.JailOf(definition, wanted), out JailLayout? layout) is null
            && !Pipe.Create(out Fd? readEnd, out Fd? writeEnd).IsError
            && processes.TryTake(out Launch? launch)
            && launch.Start(LaunchPlan.OfJail(layout!), writeEnd!, stderr: null, cgroup: null, out Fd? pidfd) is null) // no error
        {
            Span<byte> ready = stackalloc byte[1];
            while (readEnd!.Read(ready).Errno == Errno.EAGAIN && launch.State == LaunchState.UnderWay)
            {
                Thread.Sleep(1);
            }

            _ = JailTemplate.Open(launch.Pid, layout!, out jail);
            _ = ChildProcess.Signal(pidfd!, Signal.SIGKILL);
            _ = ChildProcess.WaitForEnd(pidfd!, TimeSpan.FromSeconds(10));
            _ = ChildProcess.Reap(pidfd!, out _, out _);
            launch.Release();
        }

        return jail ?? throw new BenchException("no jail");
    }

    private static Service ServiceOf(string handler, SandboxDefinition? sandbox) => new(new ServiceDefinition
    {
        Name = "answer",
        SourceFile = "answer.toml",
        Listen = [new ListenAddress(new IPEndPoint(IPAddress.Loopback, 0))],
        Executable = sandbox?.Jail is null ? handler : Path.Combine(InJail, Path.GetFileName(handler)),
        Argv0 = "answer",
        Arguments = [],
        Sandbox = sandbox,
        Process = new ProcessDefinition
        {
            Environment = [new EnvironmentVariable("PATH", "/usr/bin:/bin")],
            Credentials = new Credentials(Nobody.UserId, Nobody.GroupId, [Nobody.GroupId]),
        },
    });
}
