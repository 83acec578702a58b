using System.Text;
using SuperD.Logging;

namespace SuperD.Cli;

/// <summary>Text for people: what a line repeats of names, arguments and files cannot end the line, move the cursor or colour the terminal.</summary>
/// <param name="open">Where it goes; opened when the first text comes, since most commands have nothing to complain about.</param>
internal sealed class PrintableWriter(Func<TextWriter> open) : TextWriter
{
    private TextWriter? _output;

    public override Encoding Encoding => Output.Encoding;

    private TextWriter Output => _output ??= open();

    /// <summary>One line, whatever the text holds.</summary>
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
