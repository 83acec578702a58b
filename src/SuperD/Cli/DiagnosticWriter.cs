using System.Collections.Immutable;
using SuperD.Configuration;
using SuperD.Logging;

namespace SuperD.Cli;

/// <summary>Writes diagnostics for people: one line each, with the severity in colour on a terminal.</summary>
internal sealed class DiagnosticWriter(TextWriter output, bool colours) : IDisposable
{
    private const string Red = "\e[1;31m", Yellow = "\e[1;33m", Plain = "\e[0m";

    /// <summary>A writer to stdout. It is buffered, so that thousands of lines take a few writes; Dispose flushes.</summary>
    public static DiagnosticWriter ForStandardOutput() =>
        new(new StreamWriter(StandardStreams.OpenOutput(), bufferSize: 16 * 1024), Terminal.ColoursWanted(Console.IsOutputRedirected));

    /// <summary>A writer to stderr, buffered in the same way.</summary>
    public static DiagnosticWriter ForStandardError() =>
        new(new StreamWriter(StandardStreams.OpenError(), bufferSize: 16 * 1024), Terminal.ColoursWanted(Console.IsErrorRedirected));

    /// <summary>Writes diagnostics, one per line.</summary>
    public void Write(ImmutableArray<Diagnostic> diagnostics)
    {
        foreach (Diagnostic diagnostic in diagnostics)
        {
            Write(diagnostic);
        }
    }

    /// <summary>Writes one diagnostic.</summary>
    public void Write(Diagnostic diagnostic)
    {
        string line = Printable.Show(diagnostic.ToString());
        if (colours)
        {
            (string word, string colour) = diagnostic.Severity == Severity.Error ? ("error:", Red) : ("warning:", Yellow);
            int start = line.IndexOf($" {word} ", StringComparison.Ordinal) + 1;
            line = $"{line[..start]}{colour}{word}{Plain}{line[(start + word.Length)..]}";
        }

        output.WriteLine(line);
    }

    /// <summary>Writes a line that is not a diagnostic.</summary>
    public void WriteLine(string line) => output.WriteLine(Printable.Show(line));

    public void Dispose() => output.Dispose();
}
