using SuperD.Linux;
using SuperD.Loop;

namespace SuperD.Launching;

/// <summary>Makes jails: a child makes namespaces and mounts, superd opens them and ends the child. Waits for none. Loop only.</summary>
/// <remarks>A mount may hang (a network file system); then the child hangs, and the launches in this jail, and nothing else.</remarks>
/// <param name="tryTake">Takes a launch, see <see cref="Launcher.TryTake"/>.</param>
internal sealed class JailBuilder(EventLoop loop, JailBuilder.TakesLaunch tryTake)
{
    private static readonly TimeSpan s_untilFree = TimeSpan.FromMilliseconds(1);

    private readonly EventLoop _loop = loop;
    private readonly Dictionary<int, Work> _working = [];

    /// <summary>Takes a launch slot; false if none is free.</summary>
    public delegate bool TakesLaunch([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Launch? launch);

    /// <summary>How many of its children live.</summary>
    public int Count => _working.Count;

    /// <summary>Whether a child is one of its own.</summary>
    public bool IsWorking(int pid) => _working.ContainsKey(pid);

    /// <summary>Makes a jail, and passes it on, or why there is none. Never calls back from within.</summary>
    public void Build(JailLayout layout, Action<JailTemplate?, LandlockError?> built)
    {
        if (tryTake(out Launch? launch))
        {
            Begin(layout, launch, built);
        }
        else
        {
            _loop.Schedule(s_untilFree, () => Build(layout, built));
        }
    }

    private void Begin(JailLayout layout, Launch launch, Action<JailTemplate?, LandlockError?> built)
    {
        SysResult pipe = Pipe.Create(out Fd? readEnd, out Fd? writeEnd);
        using Fd? ownedEnd = writeEnd;
        Fd? pidfd = null;
        LaunchError? problem = pipe.IsError
            ? new LaunchError("pipe2", pipe.Errno)
            : launch.Start(LaunchPlan.OfJail(layout, UsersOf(layout)), writeEnd!, stderr: null, cgroup: null, out pidfd); // there is a pipe
        if (problem is { } error)
        {
            readEnd?.Dispose();
            launch.Release();
            _loop.Post(() => built(null, new LandlockError(error.Step, error.Errno)));
            return;
        }

        var work = new Work(this, layout, launch, pidfd!, readEnd!, built); // a begun launch has both
        _working.Add(launch.Pid, work);
        work.Begin();
    }

    /// <summary>The namespace of its users, which is there since its paths were looked at.</summary>
    private static NamespaceSet? UsersOf(JailLayout layout) =>
        layout.Spec.Users is { } users && UserNamespace.TryGet(users, out NamespaceSet? made) ? made : null;

    /// <summary>One child.</summary>
    private sealed class Work(
        JailBuilder builder,
        JailLayout layout,
        Launch launch,
        Fd pidfd,
        Fd ready,
        Action<JailTemplate?, LandlockError?> built) : IReadySource
    {
        private readonly EventLoop _loop = builder._loop;
        private WatchToken _watch;
        private WatchToken _endWatch;

        public void Begin()
        {
            SysResult watched = _loop.Watch(ready, EpollEvents.Readable, this, out _watch);
            if (!watched.IsError && (watched = _loop.Watch(pidfd, EpollEvents.Readable, this, out _endWatch)).IsError)
            {
                _loop.Unwatch(ready, _watch);
            }

            if (watched.IsError)
            {
                End(null, new LandlockError("epoll_ctl", watched.Errno));
            }
        }

        /// <summary>It has made all, or has ended: superd itself holds the pipe's other end open too, so only its pidfd tells.</summary>
        public void OnReady(EpollEvents events)
        {
            bool isMade = ready.Read(stackalloc byte[1]).Value == 1;
            _loop.Unwatch(ready, _watch);
            _loop.Unwatch(pidfd, _endWatch);
            JailTemplate? template = null;
            LandlockError? error = null;
            if (isMade)
            {
                SysResult opened = JailTemplate.Open(launch.Pid, layout, out template);
                error = opened.IsError ? new LandlockError("open(/proc/PID/ns)", opened.Errno) : null;
            }
            else
            {
                // Killed from outside it has no errno.
                error = launch.State == LaunchState.Failed
                    ? new LandlockError(launch.Error.Step, launch.Error.Errno)
                    : new LandlockError("its builder was killed", Errno.EINTR);
            }

            End(template, error);
        }

        private void End(JailTemplate? template, LandlockError? error)
        {
            ready.Dispose();
            _ = ChildProcess.Signal(pidfd, Signal.SIGKILL);
            _ = new HeldChild(_loop, () =>
            {
                if (ChildProcess.Reap(pidfd, out _, out _).Errno == Errno.EAGAIN)
                {
                    return false;
                }

                pidfd.Dispose();
                builder._working.Remove(launch.Pid);
                launch.Release();
                return true;
            });
            _loop.Post(() => built(template, error));
        }
    }
}
