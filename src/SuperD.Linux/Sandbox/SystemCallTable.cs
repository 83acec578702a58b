using System.Globalization;

namespace SuperD.Linux;

/// <summary>The names and numbers of this processor's system calls, as far as this version of superd knows them.</summary>
/// <remarks>The data are in one file for each processor. A kernel may have newer calls: those are above <see cref="Highest"/>.</remarks>
public static partial class SystemCallTable
{
    internal const uint ArchitectureOfX64 = 0xC000003E; // AUDIT_ARCH_X86_64
    internal const uint ArchitectureOfArm64 = 0xC00000B7; // AUDIT_ARCH_AARCH64

    private static readonly string?[] s_names = ByNumber(Processor.Choose(NamesOfX64, NamesOfArm64, ""));

    private static readonly Dictionary<string, int> s_numbers = s_names
        .Index()
        .Where(call => call.Item is not null)
        .ToDictionary(call => call.Item!, call => call.Index, StringComparer.Ordinal);

    /// <summary>The highest number that has a name.</summary>
    public static int Highest => s_names.Length - 1;

    /// <summary>All names, by number.</summary>
    public static IEnumerable<string> Names => s_names.OfType<string>();

    /// <summary>AUDIT_ARCH_* of <c>linux/audit.h</c>, as a filter sees the architecture of a call.</summary>
    internal static uint Architecture => Processor.Choose(ArchitectureOfX64, ArchitectureOfArm64, 0u);

    /// <summary>Numbers from here on are of another interface with the same architecture, x32; null if there is none.</summary>
    internal static uint? FirstForeignNumber => Processor.Choose<uint?>(0x40000000, null, null);

    /// <summary>The number of a call: 101 of <c>ptrace</c> on x86-64. False when this processor has no such call.</summary>
    public static bool TryFind(string name, out int number) => s_numbers.TryGetValue(name, out number);

    /// <summary>Whether any processor that superd knows has the call, so that a file can be meant for several machines.</summary>
    public static bool IsKnown(string name) =>
        s_numbers.ContainsKey(name) || ByNumber(NamesOfX64).Contains(name) || ByNumber(NamesOfArm64).Contains(name);

    /// <summary>The numbers of these calls, without those that this processor lacks.</summary>
    /// <exception cref="ArgumentException">No processor has a call of that name.</exception>
    internal static IEnumerable<int> NumbersOf(params IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            if (TryFind(name, out int number))
            {
                yield return number;
            }
            else if (!IsKnown(name))
            {
                throw new ArgumentException($"'{name}' is no system call of the table", nameof(names));
            }
        }
    }

    /// <summary>The name of a number; null when the table has none.</summary>
    public static string? NameOf(int number) => number >= 0 && number < s_names.Length ? s_names[number] : null;

    /// <summary>A processor's table, of a text such as <see cref="NamesOfX64"/>; null for a number without a call.</summary>
    internal static string?[] ByNumber(string text)
    {
        var names = new List<string?>();
        foreach (string word in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            if (!int.TryParse(word, CultureInfo.InvariantCulture, out int first))
            {
                names.Add(word);
                continue;
            }

            while (names.Count < first)
            {
                names.Add(null);
            }
        }

        return [.. names];
    }
}
