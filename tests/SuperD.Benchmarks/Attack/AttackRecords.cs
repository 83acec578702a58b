using System.Globalization;
using System.Text.RegularExpressions;

namespace SuperD.Benchmarks.Attack;

/// <summary>Checks superd's log: each connection begins once and ends once, and superd wrote every line itself.</summary>
internal sealed partial class AttackRecords(LogFollower log)
{
    private const int MostStray = 20;

    private readonly Dictionary<string, long> _steady = [];
    private readonly HashSet<long> _accepted = [];
    private readonly HashSet<long> _ended = [];
    private readonly List<string> _stray = [];

    /// <summary>Lines so far.</summary>
    public long Lines { get; private set; }

    /// <summary>Connections with an end.</summary>
    public long Ended => _ended.Count;

    /// <summary>Connections with two ends.</summary>
    public long Doubled { get; private set; }

    /// <summary>Accepted connections without an end yet.</summary>
    public long Open => _accepted.LongCount(connection => !_ended.Contains(connection));

    /// <summary>Lines that superd had to drop: their connections cannot be accounted for.</summary>
    public long Dropped { get; private set; }

    /// <summary>Text in the log that is no log line, such as the message of a crashing runtime.</summary>
    public IReadOnlyList<string> Stray => _stray;

    /// <summary>Lines in which superd reports a bug of its own.</summary>
    public List<string> Crashes { get; } = [];

    /// <summary>Completed upgrades and reloads.</summary>
    public int Upgrades { get; private set; }

    public int Reloads { get; private set; }

    /// <summary>Reads what was logged since the last call.</summary>
    public void Read()
    {
        foreach (string line in log.ReadNew())
        {
            Lines++;
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 3 && Time().IsMatch(words[0]))
            {
                Take(words, line);
            }
            else if (_stray.Count < MostStray && !Problem().IsMatch(line))
            {
                _stray.Add(line);
            }
        }

        log.Forget();
    }

    /// <summary>The steady clients, of <paramref name="clients"/>, that do not have exactly one beginning and one end.</summary>
    public IEnumerable<string> Unaccounted(int clients) => Enumerable.Range(0, clients)
        .Select(number => SteadyClients.Address(number).ToString())
        .Where(address => !_steady.TryGetValue(address, out long connection) || !_ended.Contains(connection));

    private void Take(string[] words, string line)
    {
        // TIME LEVEL VERB SERVICE KEY=VALUE ...
        long? connection = Connection(words);
        switch (words[2])
        {
            case "accept" when connection is { } begun:
                _accepted.Add(begun);
                TakeSteady(words, begun);
                break;
            case "end" or "refuse" when connection is { } ended:
                Doubled += _ended.Add(ended) ? 0 : 1;
                break;
            case "drop" when ValueOf(words, "log_lines=") is { } dropped:
                Dropped += long.Parse(dropped.TrimEnd(':'), CultureInfo.InvariantCulture);
                break;
            case "reload" when ValueOf(words, "kept=") is not null:
                Reloads++;
                break;
            case "upgraded":
                Upgrades++;
                break;
            case "stop" when words[3] == "superd:":
                Crashes.Add(line);
                break;
        }
    }

    private void TakeSteady(string[] words, long connection)
    {
        if (words[3].StartsWith(AttackServices.Steady, StringComparison.Ordinal)
            && ValueOf(words, "peer=") is { } peer
            && !_steady.TryAdd(peer[..peer.LastIndexOf(':')], connection))
        {
            Doubled++;
        }
    }

    private static long? Connection(string[] words) =>
        ValueOf(words, "conn=") is { } text && long.TryParse(text, CultureInfo.InvariantCulture, out long connection) ? connection : null;

    private static string? ValueOf(string[] words, string key) =>
        words.FirstOrDefault(word => word.StartsWith(key, StringComparison.Ordinal))?[key.Length..];

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")]
    private static partial Regex Time();

    /// <summary>Problems found by the new program when it checks whether it can take over: it shares superd's standard error.</summary>
    [GeneratedRegex(@"^(superd: |/.+: (error|warning): )")]
    private static partial Regex Problem();
}
