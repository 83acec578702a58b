using System.Globalization;

namespace SuperD.Benchmarks.Soak;

/// <summary>Counts connections in superd's log: each has exactly one final line, or is included in the count of a summary line.</summary>
internal sealed class SoakRecords(LogFollower log)
{
    private readonly HashSet<string> _accepted = [];
    private readonly HashSet<string> _ended = [];
    private long _repeated;

    /// <summary>Connections with a final line, plus those that summary lines count.</summary>
    public long Terminal => _ended.Count + _repeated;

    /// <summary>Connections with two final lines.</summary>
    public long Doubled { get; private set; }

    /// <summary>Accepted connections without a final line yet.</summary>
    public long Open => _accepted.Except(_ended).LongCount();

    /// <summary>Whether superd had to drop log lines.</summary>
    public bool AnyDropped { get; private set; }

    /// <summary>Reloads and upgrades in the log.</summary>
    public int Reloads { get; private set; }

    /// <summary>Reads what was logged since the last call.</summary>
    public void Read()
    {
        // TIME LEVEL VERB SERVICE KEY=VALUE ...
        IEnumerable<string[]> lines = log.ReadNew().Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        foreach (string[] words in lines.Where(words => words.Length > 3))
        {
            string? connection = ValueOf(words, "conn=");
            switch (words[2])
            {
                case "accept" when connection is not null:
                    _accepted.Add(connection);
                    break;
                case "end" or "refuse" when connection is not null:
                    Doubled += _ended.Add(connection) ? 0 : 1;
                    break;
                case "refuse" when ValueOf(words, "repeated=") is { } repeated:
                    _repeated += long.Parse(repeated, CultureInfo.InvariantCulture);
                    break;
                case "reload" when ValueOf(words, "kept=") is not null:
                    Reloads++;
                    break;
            }

            AnyDropped |= words.Contains("dropped");
        }
    }

    private static string? ValueOf(string[] words, string key) =>
        words.FirstOrDefault(word => word.StartsWith(key, StringComparison.Ordinal))?[key.Length..];
}
