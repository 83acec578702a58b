using SuperD.Linux;

namespace SuperD.Loop;

/// <summary>A child that has ended and that another process keeps from being reaped: looked at again, less and less often, until it can be. Loop only.</summary>
/// <remarks>
/// While another process traces a child (ptrace(2)), only the tracer can reap it, though its pidfd is readable all the time: to wait in
/// waitid(2) would hold up the loop for as long as the tracer likes, and to watch the pidfd would spin.
/// </remarks>
internal sealed class HeldChild
{
    private static readonly TimeSpan s_firstLook = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan s_lastLook = TimeSpan.FromSeconds(1);

    private readonly EventLoop _loop;
    private readonly Func<bool> _tryReap;
    private TimeSpan _delay = s_firstLook;
    private LoopTimer _timer;

    /// <param name="tryReap">Called until it is true: the child is reaped.</param>
    public HeldChild(EventLoop loop, Func<bool> tryReap)
    {
        _loop = loop;
        _tryReap = tryReap;
        _timer = loop.Schedule(_delay, Look);
    }

    /// <summary>Reaps a child whose end nobody waits for.</summary>
    /// <param name="pidfd">Owned from here on.</param>
    public static void ReapLater(EventLoop loop, Fd pidfd) => _ = new HeldChild(loop, () =>
    {
        bool isHeld = ChildProcess.Reap(pidfd, out _, out _).Errno == Errno.EAGAIN;
        if (!isHeld)
        {
            pidfd.Dispose();
        }

        return !isHeld;
    });

    /// <summary>Looks no more.</summary>
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
