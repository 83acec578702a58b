using Microsoft.Extensions.Logging;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;

namespace SuperD.Launching;

/// <summary>The users of <c>user = "dynamic"</c>: gives each launch one, and takes it back when nothing is left of it. Loop only.</summary>
/// <remarks>
/// A user is free when no process runs as it and no file of it is left where everybody may make some, looked up beside the loop. That is
/// asked of each user before its first connection too, since an earlier superd may have left something. The user that was free for the
/// longest time is next. A superd without root removes them by a process in a <see cref="UserNamespace"/>.
/// </remarks>
/// <param name="answered">Called when users became free: launches that had to wait try again.</param>
internal sealed class DynamicUsers(EventLoop loop, ILogger log, Action answered)
{
    /// <summary>How long after a release it is looked what is left: one look for all connections that ended meanwhile.</summary>
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    /// <summary>Processes that have outlived their connection by a look may live for long.</summary>
    private static readonly TimeSpan s_laterInterval = TimeSpan.FromSeconds(5);

    private readonly HashSet<uint> _taken = [];

    /// <summary>Those of which it is not known whether something is left.</summary>
    private readonly HashSet<uint> _unseen = [];

    /// <summary>Those of which something was left when they were looked at.</summary>
    private readonly HashSet<uint> _leaving = [];
    private readonly HashSet<uint> _reported = [];
    private readonly Queue<uint> _free = new();
    private UserRange? _range;
    private bool _isLooking;
    private LoopTimer? _timer;

    /// <summary>A user of the range, which is the caller's until <see cref="Release"/>.</summary>
    /// <param name="user">Null when all are taken.</param>
    /// <returns>False when none is known to be free yet: <c>answered</c> will be called.</returns>
    public bool TryTake(UserRange range, out uint? user)
    {
        loop.AssertOnLoop();
        if (_range != range)
        {
            _range = range;
            _free.Clear();
            _unseen.UnionWith(range.Ids);
            _unseen.ExceptWith(_taken);
        }

        if (_free.TryDequeue(out uint free))
        {
            _taken.Add(free);
            user = free;
            return true;
        }

        user = null;
        if (_unseen.Any(range.Contains))
        {
            Look();
            return false;
        }

        return true; // nobody knows how long the processes of those that are leaving live
    }

    /// <summary>Takes over a user that a handler of superd's last version has.</summary>
    public void Inherit(uint user) => _taken.Add(user);

    /// <summary>The handler is gone, or there was none; its processes may live on.</summary>
    public void Release(uint user)
    {
        loop.AssertOnLoop();
        _taken.Remove(user);
        _unseen.Add(user);
        LookIn(s_interval);
    }

    private void LookIn(TimeSpan delay)
    {
        if (_timer is { } later && later.DueMs > loop.NowMs + (long)delay.TotalMilliseconds)
        {
            later.Cancel();
            _timer = null;
        }

        _timer ??= loop.Schedule(delay, () =>
        {
            _timer = null;
            Look();
        });
    }

    private void Look()
    {
        if (_isLooking)
        {
            return;
        }

        _isLooking = true;
        HashSet<uint> users = [.. _unseen, .. _leaving];
        HashSet<uint> asked = [.. users];
        BesideLoop.Run("remove what a user has left", () =>
        {
            HashSet<uint> busy = UserTraces.FindLive(users);
            users.ExceptWith(busy);
            HashSet<uint> left = UserNamespace.RemoveTraces(users, out string? example);
            users.ExceptWith(left);
            users.ExceptWith(UserTraces.FindLive(users)); // a process that was being made while the first look went past it
            loop.Post(() => OnLooked(asked, users, left, example));
        });
    }

    private void OnLooked(HashSet<uint> asked, HashSet<uint> free, HashSet<uint> left, string? example)
    {
        _isLooking = false;
        _unseen.ExceptWith(asked);
        _leaving.UnionWith(asked);
        foreach (uint user in free)
        {
            _leaving.Remove(user);
            _reported.Remove(user);
            if (_range?.Contains(user) == true)
            {
                _free.Enqueue(user);
            }
        }

        foreach (uint user in left.Where(_reported.Add))
        {
            log.UserKept(user, example ?? string.Join(", ", UserTraces.Places));
        }

        answered();
        if (_leaving.Count > 0)
        {
            LookIn(s_laterInterval);
        }
    }
}
