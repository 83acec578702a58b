using SuperD.Configuration;
using SuperD.Control.Messages;

namespace SuperD.Cli;

/// <summary>Converts a problem from the console's reply, so that it is printed as <c>superd check</c> prints its own.</summary>
internal static class ProblemTexts
{
    /// <summary>The problem as the configuration has it.</summary>
    public static Diagnostic ToDiagnostic(this ProblemState problem)
    {
        SourceSpan span = problem is { Line: { } line, Column: { } column }
            ? new SourceSpan(line, column, problem.Length ?? 0)
            : SourceSpan.WholeFile;
        return new Diagnostic(problem.Severity == "error" ? Severity.Error : Severity.Warning, problem.File, span, problem.Message);
    }
}
