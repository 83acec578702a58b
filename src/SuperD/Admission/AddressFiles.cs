using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;

namespace SuperD.Admission;

/// <summary>The address files in use; polled once a second, beside the loop, and read again when they have changed.</summary>
/// <remarks>
/// A file is read when two polls in a row find it unchanged, so that a half-written file is not taken. A file that is missing or has a
/// mistake is reported, and its last good addresses stay in force: a typing error neither opens a service nor closes it.
/// Only a pool thread touches the disk; the loop receives a finished list.
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

    /// <summary>Returns the live file for a list, and watches it from now on. Loop only.</summary>
    public LiveAddressFile Use(AddressFile file)
    {
        lock (_lock)
        {
            if (!_watched.TryGetValue(file.Path, out Watched? watched))
            {
                watched = new Watched(file.Stamp, new LiveAddressFile(new AddressList(file.Prefixes)));
                _watched.Add(file.Path, watched);
            }

            // One poll at a time: each poll sets the timer again when it is done.
            _timer ??= time.CreateTimer(
                _ => BesideLoop.Perform("read address files", LookAgainLater), null, s_interval, Timeout.InfiniteTimeSpan);
            return watched.File;
        }
    }

    /// <summary>Stops watching all files except these. Loop only.</summary>
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

    /// <summary>Polls all files once. Not on the loop, and on one thread at a time.</summary>
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

    /// <summary>Nothing is posted after this. It does not wait for a poll under way, which a slow disk may delay.</summary>
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
        _timer!.Change(s_interval, Timeout.InfiniteTimeSpan); // assigned before the timer could fire
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
                Tell(() => log.AddressesKept(path, problem!)); // null only with a file
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

    /// <summary>One file and its last poll. Only the polling thread uses it, except <see cref="File"/>.</summary>
    private sealed class Watched(FileStamp stamp, LiveAddressFile file)
    {
        public LiveAddressFile File { get; } = file;

        /// <summary>The stamp of the file when it was last read, successfully or not.</summary>
        public FileStamp Taken { get; set; } = stamp;

        public FileStamp LastSeen { get; set; } = stamp;

        /// <summary>Why it could not be used; null if it was.</summary>
        public string? Problem { get; set; }

        /// <summary>
        /// Another user can write to it or to a directory above it; that can be repaired without a change to the file itself.
        /// </summary>
        public bool IsDistrusted { get; set; }
    }
}
