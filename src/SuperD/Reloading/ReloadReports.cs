using SuperD.Configuration;
using SuperD.Control.Messages;
using SuperD.Listening;
using SuperD.Services;

namespace SuperD.Reloading;

/// <summary>What a reload reports to the client that has ordered it.</summary>
internal static class ReloadReports
{
    /// <summary>What the reload will do; nothing has been applied yet.</summary>
    public static ReloadState Planned(ReloadOrder order, ReloadPlan plan, LoadResult load, Service[] removed) => new()
    {
        Applied = false,
        DryRun = order.IsDryRun,
        Added = plan.Added.Length,
        Changed = plan.Changed.Length,
        Removed = plan.Removed.Length,
        Kept = plan.Kept,
        AddedServices = [.. plan.Added.Take(ReloadState.MostListed).Select(service => service.Name)],
        ChangedServices = [.. plan.Changed.Take(ReloadState.MostListed).Select(service => service.Name)],
        RemovedServices =
            [.. removed.Take(ReloadState.MostListed).Select(service => new RemovedServiceState(service.Name, service.LiveHandlers))],
        NeedsRestart = [.. plan.KeysForRestart],
        Warnings = load.Count(Severity.Warning),
        Problems = Listed(load.Diagnostics),
        Note = load.UnreadNote,
    };

    /// <summary>Why nothing was applied: the problems, errors first.</summary>
    /// <param name="atFault">The files at fault, and which of their services are served.</param>
    public static ReloadState NotApplied(
        ReloadOrder order, Diagnostic[] problems, int errors, IEnumerable<FileAtFault> atFault, string failure) => new()
    {
        Applied = false,
        DryRun = order.IsDryRun,
        Failure = failure,
        Errors = errors,
        Warnings = problems.Sum(problem => problem.Number) - errors,
        Problems = Listed(problems.OrderBy(problem => problem.Severity == Severity.Warning)),
        AtFault = [.. atFault.Take(ReloadState.MostListed)],
    };

    /// <summary>Which files are at fault, and what is served of them: <c>1 error in a.toml (a is served as before)</c>.</summary>
    public static string Describe(int errors, IReadOnlyList<FileAtFault> files)
    {
        const int MostNamed = 3;
        string more = files.Count > MostNamed ? $" and {Wording.Count(files.Count - MostNamed, "more file")}" : string.Empty;
        return $"{Wording.Count(errors, "error")} in {string.Join(", ", files.Take(MostNamed).Select(Describe))}{more}";
    }

    private static string Describe(FileAtFault file)
    {
        string fate = file.Service is null ? string.Empty : $" ({file.Service} is {(file.Serves ? "served as before" : "not served")})";
        return Wording.Path(file.File) + fate;
    }

    /// <summary>The error for an address that cannot be bound, at the place where it is written.</summary>
    public static Diagnostic Unbound(ListenProblem problem, LoadResult load)
    {
        ServiceDefinition service = problem.Definition;
        Place? place = load.ListenPlaces.TryGetValue(service.Name, out var written)
            ? written.FirstOrDefault(address => address.Value.IsSameSocket(problem.Address))?.Place ?? written.FirstOrDefault()?.Place
            : null;
        return Diagnostic.Error(
            place?.File ?? service.SourceFile,
            place?.Span ?? SourceSpan.WholeFile,
            $"{problem.Address} cannot be bound: {problem.Problem.Text}");
    }

    /// <summary>Describes a problem of the configuration.</summary>
    public static ProblemState StateOf(Diagnostic problem)
    {
        SourceSpan? span = problem.Span == SourceSpan.WholeFile ? null : problem.Span;
        string severity = problem.Severity == Severity.Error ? "error" : "warning";
        return new ProblemState(severity, problem.File, span?.Line, span?.Column, span?.Length, problem.Message);
    }

    /// <summary>The first problems, each with its place; the numbers in the reply count all of them.</summary>
    private static ProblemState[] Listed(IEnumerable<Diagnostic> problems) =>
        [.. problems.Where(problem => problem.Number == 1).Take(ReloadState.MostListed).Select(StateOf)];
}
