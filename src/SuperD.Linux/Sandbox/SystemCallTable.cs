
namespace SuperD.Linux;

/// <summary>The names and numbers of this architecture's system calls, as far as this version of superd knows them.</summary>
/// <remarks>The data are in one file for each architecture. A kernel may have newer calls: those are above <see cref="Highest"/>.</remarks>
public static partial class SystemCallTable
{
    private static readonly string?[] s_names = NamesByNumber();

    private static readonly Dictionary<string, int> s_numbers = s_names
        .Index()
        .Where(call => call.Item is not null)
        .ToDictionary(call => call.Item!, call => call.Index, StringComparer.Ordinal);

    /// <summary>The highest number that has a name.</summary>
    public static int Highest => s_names.Length - 1;

    /// <summary>All names, by number.</summary>
    public static IEnumerable<string> Names => s_names.OfType<string>();

    /// <summary>The number of a call: 101 of <c>ptrace</c>.</summary>
    public static bool TryFind(string name, out int number) => s_numbers.TryGetValue(name, out number);

    /// <summary>The number of a call that the table has.</summary>
    internal static int NumberOf(string name) =>
        TryFind(name, out int number) ? number : throw new ArgumentException($"'{name}' is no system call of the table", nameof(name));

    /// <summary>The name of a number; null when the table has none.</summary>
    public static string? NameOf(int number) => number >= 0 && number < s_names.Length ? s_names[number] : null;

    private static string?[] NamesByNumber()
    {
        var names = new List<string?>();
        foreach ((int first, string text) in Runs)
        {
            while (names.Count < first)
            {
                names.Add(null);
            }

            names.AddRange(text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        }

        return [.. names];
    }
}
