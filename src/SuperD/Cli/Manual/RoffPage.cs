using System.Text;

namespace SuperD.Cli.Manual;

/// <summary>A manual page in the man macros of roff (man(7)), written from top to bottom.</summary>
internal sealed class RoffPage
{
    private readonly StringBuilder _text = new();

    public RoffPage(string name, int section, string summary)
    {
        Line($".TH {Argument(name.ToUpperInvariant())} {section} \"\" {Argument($"superd {VersionOption.Version}")}");
        Line(".nh");
        Line(".ad l");
        Section("NAME");
        Line($"{Escape(name)} \\- {Escape(summary)}");
    }

    public void Section(string title) => Line($".SH {Argument(title)}");

    public void Paragraph(string text)
    {
        Line(".PP");
        Text(text);
    }

    /// <summary>A term in bold with an indented explanation below it.</summary>
    /// <param name="detail">A remark beside the term in normal type, or an empty string.</param>
    public void Item(string term, string detail, string text)
    {
        Line(".TP");
        Line(detail.Length > 0 ? $"\\fB{Escape(term)}\\fR {Escape(detail)}" : $"\\fB{Escape(term)}\\fR");
        Text(text);
    }

    /// <summary>Lines shown as they are, indented.</summary>
    public void Example(params ReadOnlySpan<string> lines)
    {
        Line(".PP");
        ExampleLines(lines);
    }

    /// <summary>A line shown as it is, below the explanation of an item.</summary>
    public void ItemExample(string line)
    {
        Line(".IP");
        ExampleLines([line]);
    }

    /// <summary>Items up to <see cref="Outdent"/> are indented below the last one.</summary>
    public void Indent() => Line(".RS");

    public void Outdent() => Line(".RE");

    public override string ToString() => _text.ToString();

    private void ExampleLines(ReadOnlySpan<string> lines)
    {
        Line(".RS 4");
        Line(".nf");
        foreach (string line in lines)
        {
            Text(line);
        }

        Line(".fi");
        Line(".RE");
    }

    private void Text(string text)
    {
        // A line that begins with a dot would be a request. So would one with a quote, but Escape replaces that.
        string escaped = Escape(text);
        Line(escaped.StartsWith('.') ? "\\&" + escaped : escaped);
    }

    private void Line(string line) => _text.Append(line).Append('\n');

    private static string Argument(string text) => $"\"{Escape(text)}\"";

    /// <summary>Text in which every character stands for itself, also where roff would print a typographic one in its place.</summary>
    private static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (char c in text)
        {
            _ = c switch
            {
                '\\' => escaped.Append("\\e"),
                '-' => escaped.Append("\\-"),
                '\'' => escaped.Append("\\(aq"),
                '"' => escaped.Append("\\(dq"),
                '`' => escaped.Append("\\(ga"),
                '^' => escaped.Append("\\(ha"),
                '~' => escaped.Append("\\(ti"),
                _ => escaped.Append(c),
            };
        }

        return escaped.ToString();
    }
}
