using System.Text;

namespace SuperD.Cli;

/// <summary>A table of text. Columns are as wide as they need; one of them is cut if the terminal is too narrow.</summary>
/// <param name="elastic">The column to cut.</param>
/// <param name="heads">The column heads; a '>' before a head aligns its column to the right.</param>
internal sealed class TextTable(int elastic, params string[] heads)
{
    private const int Narrowest = 4;

    private readonly List<(string[] Cells, string? Colour)> _rows = [];

    /// <summary>Adds a row.</summary>
    /// <param name="colour">The colour of the row; null = none.</param>
    public void Add(string? colour, params string[] cells) => _rows.Add((cells, colour));

    /// <summary>Returns the lines, without newlines.</summary>
    /// <param name="width">The width to fit into; null = unlimited.</param>
    public IEnumerable<string> Render(int? width, bool colours)
    {
        int[] widths =
        [
            .. heads.Select((head, column) =>
                _rows.Select(row => row.Cells[column].Length).Append(head.TrimStart('>').Length).Max()),
        ];
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

    /// <summary>Writes the lines.</summary>
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
            line.Append(column == 0 ? "" : " ")
                .Append(heads[column][0] == '>' ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]));
        }

        string text = line.ToString().TrimEnd();
        return colour is null ? text : colour + text + Terminal.Plain;
    }
}
