using System.Text;

namespace SuperD.Cli;

/// <summary>A table of text: columns as wide as they need, one of them cut where the terminal is too narrow.</summary>
/// <param name="elastic">The column that is cut.</param>
/// <param name="heads">The heads; one that begins with '>' is over a column set to the right.</param>
internal sealed class TextTable(int elastic, params string[] heads)
{
    private const int Narrowest = 4;

    private readonly List<(string[] Cells, string? Colour)> _rows = [];

    /// <param name="colour">For the whole row; null = none.</param>
    public void Add(string? colour, params string[] cells) => _rows.Add((cells, colour));

    /// <summary>The lines, without their ends.</summary>
    /// <param name="width">Null = as wide as it gets.</param>
    public IEnumerable<string> Render(int? width, bool colours)
    {
        int[] widths = [.. heads.Select((head, column) => _rows.Select(row => row.Cells[column].Length).Append(head.TrimStart('>').Length).Max())];
        int excess = widths.Sum() + widths.Length - 1 - (width ?? int.MaxValue);
        if (excess > 0)
        {
            widths[elastic] = Math.Max(Narrowest, widths[elastic] - excess);
        }

        yield return Line([.. heads.Select(head => head.TrimStart('>'))], widths, colours ? Terminal.Bold : null);
        foreach ((string[] cells, string? colour) in _rows)
        {
            yield return Line(cells, widths, colours ? colour : null);
        }
    }

    public void Write(TextWriter output, int? width, bool colours)
    {
        foreach (string line in Render(width, colours))
        {
            output.WriteLine(line);
        }
    }

    private string Line(string[] cells, int[] widths, string? colour)
    {
        var line = new StringBuilder();
        for (int column = 0; column < cells.Length; column++)
        {
            string cell = cells[column].Length <= widths[column] ? cells[column] : cells[column][..(widths[column] - 1)] + '~';
            line.Append(column == 0 ? "" : " ").Append(heads[column][0] == '>' ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]));
        }

        string text = line.ToString().TrimEnd();
        return colour is null ? text : colour + text + Terminal.Plain;
    }
}
