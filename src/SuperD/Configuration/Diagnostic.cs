namespace SuperD.Configuration;

/// <summary>The severity of a <see cref="Diagnostic"/>.</summary>
internal enum Severity
{
    /// <summary>It is reported only.</summary>
    Warning,

    /// <summary>It keeps its service, or superd, from starting.</summary>
    Error,
}

/// <summary>A problem in the configuration, with its place. Problems are collected and reported together.</summary>
/// <param name="Severity">Whether the service (or superd) can start despite it.</param>
/// <param name="File">The path as the user would write it: relative to the working directory if it was given so.</param>
/// <param name="Span">The place of the offending text, or <see cref="SourceSpan.WholeFile"/>.</param>
/// <param name="Message">What is wrong, the value found, why, and what to do; lower case, no final dot.</param>
internal sealed record Diagnostic(Severity Severity, string File, SourceSpan Span, string Message)
{
    /// <summary>The number of problems it stands for: more than 1 only for those of a file that are counted but not listed.</summary>
    public int Number { get; init; } = 1;

    /// <summary>An error.</summary>
    public static Diagnostic Error(string file, SourceSpan span, string message) => new(Severity.Error, file, span, message);

    /// <summary>A warning.</summary>
    public static Diagnostic Warning(string file, SourceSpan span, string message) => new(Severity.Warning, file, span, message);

    /// <summary><c>FILE:LINE:COLUMN: error: MESSAGE</c>, the form of compilers, which editors understand; or FILE alone.</summary>
    public override string ToString()
    {
        return $"{new Place(File, Span)}: {(Severity == Severity.Error ? "error" : "warning")}: {Message}";
    }
}
