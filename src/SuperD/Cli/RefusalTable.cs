using System.Globalization;
using SuperD.Control.Messages;

namespace SuperD.Cli;

/// <summary>The refusals of the last hour as a table, each service and reason with a small chart, for <c>superd top</c>.</summary>
internal static class RefusalTable
{
    private const int ReasonColumn = 1;

    /// <summary>Each sign of a chart stands for so many minutes.</summary>
    private const int MinutesPerSign = 2;

    private const string Bars = "▁▂▃▄▅▆▇█", Digits = "12345678";

    /// <summary>Builds the table, the most refused first.</summary>
    /// <param name="isUnicode">Whether the terminal shows more than ASCII.</param>
    public static TextTable Create(IEnumerable<ServiceState> services, string filter, bool isUnicode)
    {
        IEnumerable<Row> rows = services
            .Where(service => service.RefusedLately is not null)
            .SelectMany(service => service.RefusedLately!.Select(reason => // checked above
                new Row(service.Name, reason.Key, reason.Value, reason.Value.Sum(one => (long)one))))
            .Where(row => row.Service.Contains(filter, StringComparison.OrdinalIgnoreCase)
                || row.Reason.Contains(filter, StringComparison.OrdinalIgnoreCase))
            .OrderByDescending(row => row.Total)
            .ThenBy(row => row.Service, StringComparer.Ordinal);
        var table = new TextTable(ReasonColumn, "SERVICE", "REASON", ">LAST HOUR", "AN HOUR AGO                NOW", ">MOST/MIN");
        foreach ((string service, string reason, IReadOnlyList<int> minutes, long total) in rows)
        {
            table.Add(
                null,
                service,
                reason,
                total.ToString(CultureInfo.InvariantCulture),
                Chart(minutes, isUnicode ? Bars : Digits),
                minutes.Max().ToString(CultureInfo.InvariantCulture));
        }

        return table;
    }

    private sealed record Row(string Service, string Reason, IReadOnlyList<int> Minutes, long Total);

    /// <summary>The highest sign stands for the most; a dot for none.</summary>
    private static string Chart(IReadOnlyList<int> minutes, string signs)
    {
        int[] sums = [.. minutes.Chunk(MinutesPerSign).Select(some => some.Sum())];
        int most = Math.Max(sums.Max(), 1);
        return string.Concat(sums.Select(sum => sum == 0 ? '.' : signs[(int)((((long)sum * signs.Length) + most - 1) / most) - 1]));
    }
}
