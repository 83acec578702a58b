using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace SuperD.Linux;

/// <summary>A set of processor numbers, as sched_setaffinity(2) takes it.</summary>
/// <param name="Words">One bit per processor, lowest first; the last word is not 0.</param>
public sealed record ProcessorSet(ValueArray<ulong> Words)
{
    /// <summary>The most processors Linux can be built for, on x86-64.</summary>
    public const int Most = 8192;

    private const int WordBits = 64;

    /// <summary>Parses numbers and ranges: <c>0-3,8</c>, as in cpuset(7). False for anything else and for the empty set.</summary>
    public static bool TryParse(string text, out ProcessorSet set)
    {
        var words = new ulong[Most / WordBits];
        foreach (string item in text.Split(',', StringSplitOptions.TrimEntries))
        {
            string[] ends = item.Split('-');
            if (ends.Length > 2 || !TryReadNumber(ends[0], out int first) || !TryReadNumber(ends[^1], out int last) || first > last)
            {
                set = new ProcessorSet([]);
                return false;
            }

            for (int number = first; number <= last; number++)
            {
                words[number / WordBits] |= 1UL << (number % WordBits);
            }
        }

        set = Of(words);
        return true;
    }

    /// <summary>The processors a child of superd may use: its whole cpuset, even when superd itself was started on fewer.</summary>
    /// <remarks>The only way to find out is to set the affinity, so a short-lived thread does it to itself.</remarks>
    public static unsafe ProcessorSet ReadUsable()
    {
        var words = new ulong[Most / WordBits];
        var thread = new Thread(() =>
        {
            Array.Fill(words, ulong.MaxValue);
            fixed (ulong* mask = words)
            {
                _ = LibC.sched_setaffinity(0, Most / 8, mask);
                Array.Clear(words);
                _ = LibC.sched_getaffinity(0, Most / 8, mask);
            }
        });
        thread.Start();
        thread.Join();
        return Of(words);
    }

    /// <summary>Whether the sets share a processor.</summary>
    public bool Overlaps(ProcessorSet other)
    {
        for (int i = 0; i < Math.Min(Words.Length, other.Words.Length); i++)
        {
            if ((Words[i] & other.Words[i]) != 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The form <see cref="TryParse"/> reads.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        for (int first = 0; first < Words.Length * WordBits; first++)
        {
            if (!Has(first))
            {
                continue;
            }

            int last = first;
            while (Has(last + 1))
            {
                last++;
            }

            _ = text.Append(CultureInfo.InvariantCulture, $"{(text.Length > 0 ? "," : "")}{first}").Append(last > first ? $"-{last}" : "");
            first = last;
        }

        return text.ToString();
    }

    private static ProcessorSet Of(ulong[] words) => new(words.AsSpan().TrimEnd(0UL).ToImmutableArray());

    private static bool TryReadNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < Most;

    private bool Has(int number) => number / WordBits < Words.Length && (Words[number / WordBits] >> (number % WordBits) & 1) != 0;
}
