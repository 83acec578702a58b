using SuperD.Configuration;
using SuperD.Control.Messages;
using SuperD.Listening;
using SuperD.Services;

namespace SuperD.Reloading;

/// <summary>What a reload says to whoever ordered it.</summary>
internal static class ReloadReports
{
    /// <summary>What the reload will do; nothing has been applied.</summary>
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
        RemovedServices = [.. removed.Take(ReloadState.MostListed).Select(service => new RemovedServiceState(service.Name, service.LiveHandlers))],
        NeedsRestart = [.. plan.KeysForRestart],
        Warnings = load.Count(Severity.Warning),
        Problems = Listed(load.Diagnostics),
    };

    /// <summary>Why nothing was applied, errors first.</summary>
    public static ReloadState NotApplied(ReloadOrder order, Diagnostic[] problems, int errors, string failure) => new()
    {
        Applied = false,
        DryRun = order.IsDryRun,
        Failure = failure,
        Errors = errors,
        Warnings = problems.Sum(problem => problem.Number) - errors,
        Problems = Listed(problems.OrderBy(problem => problem.Severity == Severity.Warning)),
    };

    /// <summary>An address that cannot be bound is an error at the place that asks for it.</summary>
    public static Diagnostic Unbound(ListenProblem problem, LoadResult load)
    {
        ServiceDefinition service = problem.Definition;
        Place? place = load.ListenPlaces.TryGetValue(service.Name, out var written)
            ? written.FirstOrDefault(address => address.Value.IsSameSocket(problem.Address))?.Place ?? written.FirstOrDefault()?.Place
            : null;
        return Diagnostic.Error(place?.File ?? service.SourceFile, place?.Span ?? SourceSpan.WholeFile, $"{problem.Address} cannot be bound: {problem.Problem}");
    }

    /// <summary>The first of them, each with its place; the numbers say how many there are.</summary>
    private static ProblemState[] Listed(IEnumerable<Diagnostic> problems) =>
        [.. problems.Where(problem => problem.Number == 1).Take(ReloadState.MostListed).Select(StateOf)];

    private static ProblemState StateOf(Diagnostic problem)
    {
        SourceSpan? span = problem.Span == SourceSpan.WholeFile ? null : problem.Span;
        return new ProblemState(problem.Severity == Severity.Error ? "error" : "warning", problem.File, span?.Line, span?.Column, span?.Length, problem.Message);
    }
}
