using System.Net;
using System.Net.Sockets;
using SuperD.Loop;

namespace SuperD.Relaying;

/// <summary>Looks up backend names off the loop, and caches the answers for a while. Loop only.</summary>
/// <remarks>
/// getaddrinfo(3) may wait for a name server as long as it likes, so it runs on a thread of .NET's pool, once per name however many clients
/// wait. The configuration bounds the cache: only its names are ever looked up.
/// </remarks>
/// <param name="lookUp">Returns the addresses of a name, and may block; throws SocketException if there are none.</param>
internal sealed class BackendResolver(EventLoop loop, Func<string, IPAddress[]> lookUp)
{
    /// <summary>
    /// How long an answer is cached: short enough to follow a backend that moves, and long enough for a burst to cost one lookup.
    /// </summary>
    private const long KeepAnswerMs = 30_000;

    /// <summary>How long a failure is cached.</summary>
    private const long KeepFailureMs = 1_000;

    private readonly Dictionary<string, Entry> _entries = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Finds the addresses of a host, in the order to try them.</summary>
    /// <param name="done">Called once, immediately if the answer is cached: with the addresses, or with none and the reason.</param>
    public void Resolve(string host, Action<BackendAddresses> done)
    {
        loop.AssertOnLoop();
        if (!_entries.TryGetValue(host, out Entry? entry))
        {
            ForgetTheOld();
            _entries.Add(host, entry = new Entry());
        }

        if (entry.Waiting.Count == 0 && loop.NowMs < entry.GoodUntilMs)
        {
            done(entry.Answer);
            return;
        }

        entry.Waiting.Add(done);
        if (entry.Waiting.Count == 1)
        {
            BesideLoop.Run("look up a backend", () => LookUp(host, entry));
        }
    }

    /// <summary>Runs for each new name: it comes from a new configuration, which may have dropped others.</summary>
    private void ForgetTheOld()
    {
        foreach ((string host, Entry entry) in _entries)
        {
            if (entry.Waiting.Count == 0 && loop.NowMs >= entry.GoodUntilMs)
            {
                _entries.Remove(host); // .NET allows this during enumeration
            }
        }
    }

    /// <summary>Runs beside the loop.</summary>
    private void LookUp(string host, Entry entry)
    {
        BackendAddresses answer;
        try
        {
            answer = new BackendAddresses([.. HappyOrder.Of(lookUp(host))], null);
        }
        catch (Exception failure) when (failure is SocketException or ArgumentException)
        {
            answer = new BackendAddresses([], failure.Message);
        }

        loop.Post(() => Complete(entry, answer));
    }

    private void Complete(Entry entry, BackendAddresses answer)
    {
        entry.Answer = answer;
        entry.GoodUntilMs = loop.NowMs + (answer.Addresses.Length > 0 ? KeepAnswerMs : KeepFailureMs);
        Action<BackendAddresses>[] waiting = [.. entry.Waiting];
        entry.Waiting.Clear();
        foreach (Action<BackendAddresses> done in waiting)
        {
            done(answer);
        }
    }

    private sealed class Entry
    {
        /// <summary>The callers that wait for the lookup under way; empty if there is none.</summary>
        public List<Action<BackendAddresses>> Waiting { get; } = [];

        public BackendAddresses Answer { get; set; }

        public long GoodUntilMs { get; set; } = long.MinValue;
    }
}
