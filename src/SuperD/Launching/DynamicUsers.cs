using Microsoft.Extensions.Logging;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;

namespace SuperD.Launching;

/// <summary>The users of <c>user = "dynamic"</c>: gives each launch one, and takes it back when nothing is left of it. Loop only.</summary>
/// <remarks>
/// A user is free when no process runs as it and no file of it is left where everybody may make some, looked up beside the loop. That is
/// asked of each user before its first connection too, since an earlier superd may have left something. The user that was free for the
/// longest time is next. Until it is free again it is claimed, so that no other superd with the same range has it. A superd without root
/// removes files by a process in a <see cref="UserNamespace"/>.
/// </remarks>
/// <param name="answered">Called when users became free: launches that had to wait try again.</param>
internal sealed class DynamicUsers(EventLoop loop, ILogger log, Action answered)
{
    /// <summary>How long after a release it is looked what is left: one look for all connections that ended meanwhile.</summary>
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    /// <summary>Processes that have outlived their connection by a look may live for long.</summary>
    private static readonly TimeSpan s_laterInterval = TimeSpan.FromSeconds(5);

    /// <summary>That of the system's superds, and one for each user who runs some.</summary>
    private static readonly string s_claimsFile =
        Environment.IsPrivilegedProcess ? "/run/superd-users.lock" : $"/tmp/superd-users-{UnixSocket.OwnUserId}.lock";

    /// <summary>Another superd claims users for the time of a look too, so what it has may be free in a moment.</summary>
    private static readonly TimeSpan s_claimInterval = TimeSpan.FromMilliseconds(200);
    private const int MostVainMs = 2000;

    /// <summary>How many users a look asks about that superd has not had yet: it claims them, and keeps other superds from them.</summary>
    private const int MostUnseen = 256;

    private readonly HashSet<uint> _taken = [];

    /// <summary>Users that no other superd must have; null until somebody wants one, and where there is no such file.</summary>
    private UserClaims? _claims;
    private bool _areClaimsOpen;

    /// <summary>Those of which it is not known whether an earlier superd has left something.</summary>
    private readonly HashSet<uint> _unseen = [];

    /// <summary>Those whose connections have ended since the last look.</summary>
    private readonly HashSet<uint> _released = [];

    /// <summary>Those of which something was left when they were looked at.</summary>
    private readonly HashSet<uint> _leaving = [];
    private readonly HashSet<uint> _reported = [];
    private readonly Queue<uint> _free = new();
    private UserRange? _range;
    private bool _isLooking;

    /// <summary>Whether the last look found no free user, and another superd had some.</summary>
    private bool _haveOthersSome;

    /// <summary>When other superds were first found to have claimed every user; null if the last attempt got one.</summary>
    private long? _vainSinceMs;
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

        user = null;
        if (!_areClaimsOpen)
        {
            OpenClaims();
            return false;
        }

        for (int left = _free.Count; left > 0; left--)
        {
            uint free = _free.Dequeue();
            if (Claim(free))
            {
                _taken.Add(free);
                _vainSinceMs = null;
                user = free;
                return true;
            }

            _free.Enqueue(free);
        }

        if (_unseen.Any(range.Contains) || _released.Any(range.Contains))
        {
            Look();
            return false;
        }

        if (_free.Count > 0 || _haveOthersSome)
        {
            _vainSinceMs ??= loop.NowMs;
            if (loop.NowMs - _vainSinceMs < MostVainMs)
            {
                LookIn(s_claimInterval);
                return false;
            }
        }

        return true; // nobody knows how long the processes of those that are leaving live
    }

    /// <summary>The file of claims, for superd's next version; null if there is none.</summary>
    public Fd? ClaimsFile => _claims?.File;

    /// <summary>Takes over a user that a handler of superd's last version has.</summary>
    public void Inherit(uint user) => _taken.Add(user);

    /// <summary>Takes over the claims of superd's last version.</summary>
    public void InheritClaims(Fd file) => (_claims, _areClaimsOpen) = (new UserClaims(file), true);

    /// <summary>The handler is gone, or there was none; its processes may live on.</summary>
    public void Release(uint user)
    {
        loop.AssertOnLoop();
        _taken.Remove(user);
        _released.Add(user);
        LookIn(s_interval);
    }

    private bool Claim(uint user) => _claims is null || _claims.TryTake(user);

    private void OpenClaims()
    {
        if (_isLooking)
        {
            return;
        }

        _isLooking = true;
        BesideLoop.Run("open the file of claims", () =>
        {
            UserClaims? opened = UserClaims.Open(s_claimsFile);
            loop.Post(() =>
            {
                (_claims, _areClaimsOpen, _isLooking) = (opened, true, false);
                answered();
            });
        });
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
            LookIn(s_interval); // for users that were released meanwhile
            return;
        }

        _isLooking = true;
        HashSet<uint> asked = [.. _released, .. _leaving, .. _unseen.Take(MostUnseen)];
        HashSet<uint> users = [.. asked];
        bool hasOthers = users.RemoveWhere(user => !Claim(user)) > 0; // another superd has these
        BesideLoop.Run("remove what a user has left", () =>
        {
            HashSet<uint> left = [];
            string? example = null;
            try
            {
                users.ExceptWith(UserTraces.FindLive(users));
                left = UserNamespace.RemoveTraces(users, out example);
                users.ExceptWith(left);
                users.ExceptWith(UserTraces.FindLive(users)); // a process that was being made while the first look went past it
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
            {
                users.Clear();
                log.UsersUnknown(unreadable.Message);
            }

            loop.Post(() =>
            {
                _haveOthersSome = hasOthers && users.Count == 0;
                OnLooked(asked, users, left, example);
            });
        });
    }

    private void OnLooked(HashSet<uint> asked, HashSet<uint> free, HashSet<uint> left, string? example)
    {
        _isLooking = false;
        _unseen.ExceptWith(asked);
        _released.ExceptWith(asked);
        _leaving.UnionWith(asked);
        foreach (uint user in free)
        {
            _claims?.Release(user);
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
