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
/// <c>--launch-loop START SECONDS COUNT PROGRAM</c> does what a process of spawn.c does: one child after another, beginning at START (in ms
/// since 1970) so that several processes begin together; prints <c>launches=N seconds=S</c>. It calls the launcher as superd's loop does,
/// with the plan of a real service, and waits for the child's exit with epoll. Between clone and execve both of superd's builds run the
/// same machine code, so this JIT build stands for both.
/// </remarks>
internal static class LaunchLoop
{
    public const string Option = "--launch-loop";

    public static int Run(string[] arguments)
    {
        DateTimeOffset start = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(arguments[0], CultureInfo.InvariantCulture));
        double seconds = double.Parse(arguments[1], CultureInfo.InvariantCulture);
        long most = long.Parse(arguments[2], CultureInfo.InvariantCulture);
        InheritedState inherited = InheritedState.Take();
        ProcessLauncher processes = ProcessLauncher.Create(ProcessLauncher.DefaultSlots);
        ChildProcess.TakeReapingFromRuntime();
        // A connection without a client.
        LaunchPlan plan = new LaunchPlanner(inherited, processes.ClearsHandlers, needsSessions: false).PlanFor(
            new Connection(1, ServiceOf(arguments[3]), new Fd(-1), default, default));
        using var epoll = new Epoll(1);
        using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite);
        var devNull = new Fd((int)handle.DangerousGetHandle()); // not disposed: the handle owns the number

        // Warm-up: keeps JIT compilation out of the measurement.
        while (DateTimeOffset.UtcNow < start)
        {
            Launch(processes, plan, epoll, devNull);
        }

        long launched = 0;
        var clock = Stopwatch.StartNew();
        for (; launched < most && clock.Elapsed.TotalSeconds < seconds; launched++)
        {
            Launch(processes, plan, epoll, devNull);
        }

        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"launches={launched} seconds={clock.Elapsed.TotalSeconds:0.000000}"));
        return 0;
    }

    private static void Launch(ProcessLauncher processes, LaunchPlan plan, Epoll epoll, Fd devNull)
    {
        _ = processes.TryTake(out Launch? launch);
        LaunchError? error = launch!.Start(plan, devNull, devNull, cgroup: null, out Fd? pidfd); // one child at a time: a slot is free
        if (error is null)
        {
            _ = epoll.Add(pidfd!, EpollEvents.Readable, 0); // cannot fail
            _ = epoll.Wait(-1);
            _ = epoll.Remove(pidfd!);
            _ = ChildProcess.Reap(pidfd!, out ExitStatus status, out _);
            pidfd!.Dispose();
            error = launch.State == LaunchState.Failed ? launch.Error : status.IsSuccess ? null : new LaunchError("handler", 0);
        }

        if (error is { } failed)
        {
            throw new BenchException(
                $"superd's launcher could not launch the handler, or that failed: {failed.Step}: {Errno.Describe(failed.Errno)}");
        }

        launch.Release();
    }

    private static Service ServiceOf(string handler) => new(new ServiceDefinition
    {
        Name = "answer",
        SourceFile = "answer.toml",
        Listen = [new ListenAddress(new IPEndPoint(IPAddress.Loopback, 0))],
        Executable = handler,
        Argv0 = "answer",
        Arguments = [],
        Process = new ProcessDefinition
        {
            Environment = [new EnvironmentVariable("PATH", "/usr/bin:/bin")],
            Credentials = new Credentials(Nobody.UserId, Nobody.GroupId, [Nobody.GroupId]),
        },
    });
}
