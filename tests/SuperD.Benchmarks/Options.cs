using System.Globalization;
using SuperD.Benchmarks.Scenarios;

namespace SuperD.Benchmarks;

/// <summary>The command line's options.</summary>
internal sealed record Options
{
    private const string NativeDefault = ".artifacts/publish/SuperD/release_linux-x64/superd";

    /// <summary>Names of the scenarios to run, in the program's order.</summary>
    public required IReadOnlySet<string> Scenarios { get; init; }

    /// <summary>How many rounds to measure; a figure is the median of its rounds.</summary>
    public int Rounds { get; init; } = 5;

    /// <summary>Upper limit of the duration of one measurement.</summary>
    public double Seconds { get; init; } = 3;

    /// <summary>Upper limit of the connections of one measurement; null = as many as the time allows (soak: 200,000).</summary>
    public long? Connections { get; init; }

    /// <summary>The native superd; null = the publish output, if it exists.</summary>
    public string? Native { get; init; }

    /// <summary>Folders to search for peers before those of PATH.</summary>
    public string[] PeerFolders { get; init; } = [];

    /// <summary>The JSON file for the figures; null = none.</summary>
    public string? JsonFile { get; init; }

    /// <summary>Duration of the attack; null = one minute.</summary>
    public double? Minutes { get; init; }

    /// <summary>The seed that determines all input of the attack; null = random.</summary>
    public int? Seed { get; init; }

    /// <summary>The kinds of attack to run; empty = all.</summary>
    public string[] Kinds { get; init; } = [];

    /// <summary>Runs everything once and small: a check that it works, not a measurement.</summary>
    public bool IsSmoke { get; init; }

    /// <summary>Upper limit of the connections of one measurement.</summary>
    public long MostConnections => Connections ?? (IsSmoke ? 30 : 10_000_000);

    /// <summary>How many services listen in the scenarios that grow.</summary>
    public int[] ServiceCounts(params int[] counts) =>
        [.. counts.Select(count => IsSmoke ? Math.Min(count, (int)Math.Sqrt(count) + 3) : count)];

    /// <summary>How many handlers are alive in the scenarios that grow.</summary>
    public int[] LiveCounts(params int[] counts) => [.. counts.Select(count => IsSmoke ? count / 100 : count)];

    /// <summary>Null when there is nothing to run; the message is then the usage, or an error.</summary>
    public static Options? Parse(string[] arguments, Scenario[] scenarios, out string message)
    {
        var names = new HashSet<string>();
        var options = new Options { Scenarios = names };
        message = Usage(scenarios);
        for (int i = 0; i < arguments.Length; i++)
        {
            string argument = arguments[i];
            if (argument is "--help" or "-h")
            {
                return null;
            }

            if (argument == "--smoke")
            {
                options = options with { IsSmoke = true, Rounds = 1 };
            }
            else if (!argument.StartsWith('-'))
            {
                if (!scenarios.Any(scenario => scenario.Name == argument))
                {
                    string known = string.Join(", ", scenarios.Select(scenario => scenario.Name));
                    message = $"superd-benchmarks: no scenario '{argument}'; there are {known}";
                    return null;
                }

                names.Add(argument);
            }
            else if (++i == arguments.Length || options.With(argument, arguments[i]) is not { } next)
            {
                message = $"superd-benchmarks: {argument} is not known, or lacks its value; try --help";
                return null;
            }
            else
            {
                options = next;
            }
        }

        if (names.Count == 0)
        {
            // The soak takes long and measures nothing, so it runs only on request.
            names.UnionWith(scenarios.Where(scenario => scenario.RunsByDefault).Select(scenario => scenario.Name));
        }

        return options;
    }

    /// <summary>The native superd, if there is one.</summary>
    public string? FindNative(string root) =>
        new[]
        {
            Native, Environment.GetEnvironmentVariable("SUPERD_NATIVE"), Path.Combine(root, NativeDefault)
        }.FirstOrDefault(File.Exists);

    private Options? With(string option, string value)
    {
        bool isNumber = double.TryParse(value, CultureInfo.InvariantCulture, out double number) && number > 0;
        return option switch
        {
            "--rounds" when isNumber => this with { Rounds = (int)Math.Ceiling(number) },
            "--seconds" when isNumber => this with { Seconds = number },
            "--connections" when isNumber => this with { Connections = (long)Math.Ceiling(number) },
            "--minutes" when isNumber => this with { Minutes = number },
            "--seed" when int.TryParse(value, CultureInfo.InvariantCulture, out int seed) => this with { Seed = seed },
            "--kinds" => this with { Kinds = value.Split(',') },
            "--superd" when File.Exists(value) => this with { Native = Path.GetFullPath(value) },
            "--peers" => this with { PeerFolders = value.Split(':') },
            "--json" => this with { JsonFile = Path.GetFullPath(value) },
            _ => null,
        };
    }

    private static string Usage(Scenario[] scenarios) => $"""
        usage: dotnet run -c Release --project tests/SuperD.Benchmarks -- [option...] [scenario...]

        Runs superd, native and JIT, beside the super-servers that are installed here. As root, on loopback only.

        {string.Join('\n', scenarios.Select(scenario => $"  {scenario.Name,-10}{scenario.Summary}"))}

          --rounds N       measure everything N times, in turn, and take the medians (5)
          --seconds S      the longest a single measurement takes (3)
          --connections N  the most connections of a single measurement (soak: 200000)
          --minutes N      how long the attack lasts (1)
          --seed N         the attack's, as an earlier run has printed it
          --kinds A,B      the attack's kinds (all)
          --superd PATH    the native superd (SUPERD_NATIVE, or the output of `dotnet publish`)
          --peers DIR:DIR  where to look for peers before PATH
          --json FILE      write all figures to a file
          --smoke          everything once and small: shows that it works, measures nothing
        """;
}
