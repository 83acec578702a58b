using System.Net;
using System.Net.Sockets;
using SuperD.Loop;

namespace SuperD.Relaying;

/// <summary>Looks names of backends up, away from the loop, and remembers the answers for a while. Loop only.</summary>
/// <remarks>
/// getaddrinfo(3) may wait for a name server for as long as it likes; so it runs on a thread of .NET's pool, once for each name however many
/// clients wait for it. What is kept is bounded by the configuration: only the names in it are ever asked for.
/// </remarks>
/// <param name="lookUp">Asks for the addresses of a name, for as long as that takes; throws SocketException when there are none.</param>
internal sealed class BackendResolver(EventLoop loop, Func<string, IPAddress[]> lookUp)
{
    /// <summary>An answer is asked for again when it is older: a backend that moves is found soon, and a burst costs one question.</summary>
    private const long KeepAnswerMs = 30_000;

    /// <summary>A failure is told to the clients of this time without asking again.</summary>
    private const long KeepFailureMs = 1_000;

    private readonly Dictionary<string, Entry> _entries = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Finds the addresses of a host, in the order to try them.</summary>
    /// <param name="done">Told once, at once when the answer is known: the addresses, or none and why.</param>
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

    /// <summary>A new name comes with a new configuration, in which others may not be any more.</summary>
    private void ForgetTheOld()
    {
        foreach ((string host, Entry entry) in _entries)
        {
            if (entry.Waiting.Count == 0 && loop.NowMs >= entry.GoodUntilMs)
            {
                _entries.Remove(host); // allowed while enumerating
            }
        }
    }

    /// <summary>On a thread of the pool.</summary>
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
        /// <summary>Those who asked while the question is on its way; empty when none is.</summary>
        public List<Action<BackendAddresses>> Waiting { get; } = [];

        public BackendAddresses Answer { get; set; }

        public long GoodUntilMs { get; set; } = long.MinValue;
    }
}
