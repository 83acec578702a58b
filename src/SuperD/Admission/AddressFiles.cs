using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;

namespace SuperD.Admission;

/// <summary>The files of addresses in use: looked at once a second, beside the loop, and read again when they have changed.</summary>
/// <remarks>
/// A file is read when two looks in a row have found it the same, so one that is being written is not taken half. One that is gone or has
/// a mistake in it is reported, and its last good addresses hold on: a typing error neither opens a service nor closes it.
/// The disk is touched by a thread of the pool only; the loop gets a finished list.
/// </remarks>
internal sealed class AddressFiles(TimeProvider time, Action<Action> post, ILogger log) : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    // Guards what the loop and the timer's thread share: _watched, _trustedOwners and _isDisposed.
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Watched> _watched = new(StringComparer.Ordinal);
    private ValueArray<uint> _trustedOwners = [];
    private ITimer? _timer;
    private bool _isDisposed;

    /// <summary>See <see cref="ServerDefinition.TrustedOwners"/>.</summary>
    public ValueArray<uint> TrustedOwners
    {
        get { lock (_lock) { return _trustedOwners; } }
        set { lock (_lock) { _trustedOwners = value; } }
    }

    /// <summary>The file for use by a list, and watched from now on. Loop only.</summary>
    public LiveAddressFile Use(AddressFile file)
    {
        lock (_lock)
        {
            if (!_watched.TryGetValue(file.Path, out Watched? watched))
            {
                watched = new Watched(file.Stamp, new LiveAddressFile(new AddressList(file.Prefixes)));
                _watched.Add(file.Path, watched);
            }

            // One look at a time: the timer is set again when the look is over.
            _timer ??= time.CreateTimer(
                _ => BesideLoop.Perform("read address files", LookAgainLater), null, s_interval, Timeout.InfiniteTimeSpan);
            return watched.File;
        }
    }

    /// <summary>Forgets all files but these. Loop only.</summary>
    public void Keep(IReadOnlySet<string> paths)
    {
        lock (_lock)
        {
            foreach (string path in _watched.Keys.Where(path => !paths.Contains(path)).ToArray())
            {
                _watched.Remove(path);
            }
        }
    }

    /// <summary>Looks at all files once. Not on the loop, and not on two threads at a time.</summary>
    public void Look()
    {
        KeyValuePair<string, Watched>[] all;
        lock (_lock)
        {
            all = [.. _watched];
        }

        foreach ((string path, Watched watched) in all)
        {
            FileStamp now = FileStamp.Of(path);
            if (now == watched.LastSeen && (now != watched.Taken || watched.IsDistrusted))
            {
                watched.Taken = now;
                Read(path, watched);
            }

            watched.LastSeen = now;
        }
    }

    /// <summary>Nothing is posted after it. It does not wait for a look that is under way, which a slow disk may hold up.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
        }

        _timer?.Dispose();
    }

    private void LookAgainLater()
    {
        Look();
        _timer!.Change(s_interval, Timeout.InfiniteTimeSpan); // set before it could fire
    }

    private void Read(string path, Watched watched)
    {
        var problems = new Problems();
        StrictModes? strict = StrictModes.Of(TrustedOwners);
        AddressFile? file = AddressFile.Read(path, problems, strict);
        string? problem = file is null ? string.Join("; ", problems.InOrder(path).Select(problem => problem.ToString())) : null;
        bool isNews = problem != watched.Problem;
        watched.Problem = problem;
        watched.IsDistrusted = file is null && strict?.FindFault(string.Empty, path) is not null;
        if (file is null)
        {
            if (isNews)
            {
                Tell(() => log.AddressesKept(path, problem!)); // as long as there is no file
            }

            return;
        }

        var addresses = new AddressList(file.Prefixes);
        Tell(() =>
        {
            watched.File.Addresses = addresses;
            log.AddressesRead(path, file.Prefixes.Length);
        });
    }

    private void Tell(Action action)
    {
        lock (_lock)
        {
            if (!_isDisposed)
            {
                post(action);
            }
        }
    }

    /// <summary>One file and when it was looked at; but for its <see cref="File"/> the business of the looking thread.</summary>
    private sealed class Watched(FileStamp stamp, LiveAddressFile file)
    {
        public LiveAddressFile File { get; } = file;

        /// <summary>The state of the file that was read last, well or not.</summary>
        public FileStamp Taken { get; set; } = stamp;

        public FileStamp LastSeen { get; set; } = stamp;

        /// <summary>Why it could not be taken; null when it was.</summary>
        public string? Problem { get; set; }

        /// <summary>Others can change it, or a directory above it, and that can end without a change of the file itself.</summary>
        public bool IsDistrusted { get; set; }
    }
}
