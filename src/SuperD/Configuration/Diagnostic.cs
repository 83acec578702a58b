namespace SuperD.Configuration;

/// <summary>How bad a <see cref="Diagnostic"/> is: an error keeps its service from starting, a warning is only told.</summary>
internal enum Severity
{
    Warning,
    Error,
}

/// <summary>One problem found in the configuration, with its place. Problems are collected and reported all together.</summary>
/// <param name="Severity">Whether the service (or superd) can start in spite of it.</param>
/// <param name="File">The path as the user would write it: relative to the working directory where it was given so.</param>
/// <param name="Span">Line and column of the offending text; <see cref="SourceSpan.WholeFile"/> when there is none.</param>
/// <param name="Message">What is wrong, the value found, why, and what to do; lower case, no final dot.</param>
internal sealed record Diagnostic(Severity Severity, string File, SourceSpan Span, string Message)
{
    /// <summary>How many problems this one stands for: more than one only for those of a file that are counted and not listed.</summary>
    public int Number { get; init; } = 1;

    public static Diagnostic Error(string file, SourceSpan span, string message) => new(Severity.Error, file, span, message);

    public static Diagnostic Warning(string file, SourceSpan span, string message) => new(Severity.Warning, file, span, message);

    /// <summary><c>FILE:LINE:COLUMN: error: MESSAGE</c>, the form compilers use and editors jump to; line and column only where known.</summary>
    public override string ToString()
    {
        return $"{new Place(File, Span)}: {(Severity == Severity.Error ? "error" : "warning")}: {Message}";
    }
}
