using System.Text;
using SuperD.Logging;

namespace SuperD.Cli;

/// <summary>
/// A writer for people: names, arguments and files in a line cannot end the line, move the cursor or colour the terminal.
/// </summary>
/// <param name="open">Opens the output, at the first text: most commands have nothing to complain about.</param>
internal sealed class PrintableWriter(Func<TextWriter> open) : TextWriter
{
    private TextWriter? _output;

    public override Encoding Encoding => Output.Encoding;

    private TextWriter Output => _output ??= open();

    /// <summary>Writes one line, even if the text contains newlines.</summary>
    public override void WriteLine(string? value)
    {
        Output.Write(Printable.Show(value ?? string.Empty));
        Output.Write('\n');
    }

    public override void Write(string? value)
    {
        string[] lines = (value ?? string.Empty).Split('\n');
        Output.Write(string.Join('\n', lines.Select(Printable.Show)));
    }

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(char value) => Write(value.ToString());

    public override void Flush() => _output?.Flush();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _output?.Dispose();
        }

        base.Dispose(disposing);
    }
}
