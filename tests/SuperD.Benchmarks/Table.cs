using System.Globalization;

namespace SuperD.Benchmarks;

/// <summary>
/// Aligned columns for 80 characters: the first is left-aligned, numbers are right-aligned, and a missing figure is a dash.
/// </summary>
internal sealed class Table(params string[] headings)
{
    private const string None = "-";

    private readonly List<string[]> _rows = [headings];

    public void Add(params string[] cells) => _rows.Add(cells);

    public void Print()
    {
        int[] widths = [.. Enumerable.Range(0, headings.Length).Select(column => _rows.Max(row => row[column].Length))];
        foreach (string[] row in _rows)
        {
            IEnumerable<string> cells = row.Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]));
            Console.WriteLine($"  {string.Join("  ", cells)}".TrimEnd());
        }
    }

    /// <summary>A number with <paramref name="digits"/> decimal places: <c>3,120</c>.</summary>
    public static string Number(double? value, int digits = 0) => value?.ToString($"N{digits}", CultureInfo.InvariantCulture) ?? None;

    /// <summary>One value as a multiple of another: <c>1.72x</c>.</summary>
    public static string Ratio(double? value, double? of) => value is null || of is null or 0 ? None : $"{Number(value / of, 2)}x";

    /// <summary>A fraction as a percentage: <c>4.1 %</c>.</summary>
    public static string Percent(double? share) => share is null ? None : $"{Number(share * 100, 1)} %";
}
