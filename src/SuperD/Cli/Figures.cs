using System.Globalization;

namespace SuperD.Cli;

/// <summary>Formats numbers for people, with at most five characters; <c>-</c> for an unknown number.</summary>
internal static class Figures
{
    /// <summary>A duration in its largest unit: <c>0.2s</c>, <c>42s</c>, <c>17m</c>, <c>3h</c>, <c>12d</c>.</summary>
    public static string Time(long? milliseconds) => milliseconds switch
    {
        null => "-",
        < 10_000 => Text($"{milliseconds / 1000.0:0.0}s"),
        < 120_000 => $"{milliseconds / 1000}s",
        < 7_200_000 => $"{milliseconds / 60_000}m",
        < 172_800_000 => $"{milliseconds / 3_600_000}h",
        _ => $"{milliseconds / 86_400_000}d",
    };

    /// <summary>Bytes with a unit of 1024: <c>417</c>, <c>8.2K</c>, <c>120M</c>.</summary>
    public static string Bytes(long? bytes)
    {
        if (bytes is null or < 1024)
        {
            return bytes?.ToString(CultureInfo.InvariantCulture) ?? "-";
        }

        double value = bytes.Value;
        int unit = -1;
        while (value >= 1024)
        {
            value /= 1024;
            unit++;
        }

        return value < 10 ? Text($"{value:0.0}{"KMGTPE"[unit]}") : Text($"{value:0}{"KMGTPE"[unit]}");
    }

    /// <summary>The sum; clamped if it does not fit into a long.</summary>
    public static long Total(IEnumerable<long> numbers)
    {
        Int128 sum = numbers.Aggregate(Int128.Zero, (sum, number) => sum + number);
        return (long)Int128.Clamp(sum, long.MinValue, long.MaxValue);
    }

    /// <summary>A count and its limit: <c>3/40</c>, <c>3</c>.</summary>
    public static string Of(int count, int? most) => most is null ? $"{count}" : $"{count}/{most}";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
