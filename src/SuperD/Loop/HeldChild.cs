using SuperD.Linux;

namespace SuperD.Loop;

/// <summary>Polls, ever less often, a child that has exited but that another process keeps from being reaped. Loop only.</summary>
/// <remarks>
/// While another process traces a child (ptrace(2)), only the tracer can reap it, yet its pidfd stays readable. Waiting in waitid(2) would
/// block the loop for as long as the tracer likes, and watching the pidfd would spin.
/// </remarks>
internal sealed class HeldChild
{
    private static readonly TimeSpan s_firstLook = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan s_lastLook = TimeSpan.FromSeconds(1);

    private readonly EventLoop _loop;
    private readonly Func<bool> _tryReap;
    private TimeSpan _delay = s_firstLook;
    private LoopTimer _timer;

    /// <param name="tryReap">Called until it returns true: the child is reaped.</param>
    public HeldChild(EventLoop loop, Func<bool> tryReap)
    {
        _loop = loop;
        _tryReap = tryReap;
        _timer = loop.Schedule(_delay, Look);
    }

    /// <summary>Reaps a child whose exit status nobody needs.</summary>
    /// <param name="pidfd">Takes ownership.</param>
    public static void ReapLater(EventLoop loop, Fd pidfd) => _ = new HeldChild(loop, () =>
    {
        bool isHeld = ChildProcess.Reap(pidfd, out _, out _).Errno == Errno.EAGAIN;
        if (!isHeld)
        {
            pidfd.Dispose();
        }

        return !isHeld;
    });

    /// <summary>Stops polling.</summary>
    public void Cancel() => _timer.Cancel();

    private void Look()
    {
        if (!_tryReap())
        {
            _delay = _delay * 2 < s_lastLook ? _delay * 2 : s_lastLook;
            _timer = _loop.Schedule(_delay, Look);
        }
    }
}
