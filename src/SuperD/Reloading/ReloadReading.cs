using System.Diagnostics;
using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Reloading;

/// <summary>The configuration, read and compared away from the loop. Immutable.</summary>
/// <param name="Load">The configuration in the files, and all problems found.</param>
/// <param name="Plan">Null when there is any error: then nothing may change.</param>
/// <param name="Took">How long it took.</param>
internal sealed record ReloadReading(LoadResult Load, ReloadPlan? Plan, TimeSpan Took)
{
    /// <summary>Reads the files of the configuration in force again. Blocks, as long as the disk takes.</summary>
    public static ReloadReading Take(ServerDefinition running, InheritedState inherited)
    {
        long start = Stopwatch.GetTimestamp();
        LoadResult load = TryLoad(running.SourceFile, inherited);
        ReloadPlan? plan = load is { Server: { } read, HasErrors: false } ? ReloadPlan.Between(running, read) : null;
        return new ReloadReading(load, plan, Stopwatch.GetElapsedTime(start));
    }

    private static LoadResult TryLoad(string file, InheritedState inherited)
    {
        try
        {
            return ConfigurationLoader.LoadSteadily(file, HostContext.Current() with { IsPassed = inherited.IsPassed });
        }
        catch (Exception unplanned)
        {
            // A bug in reading must not take down what runs well: nothing has been changed yet.
            string problem = $"an error nobody planned for while it was read; please report it: {unplanned}";
            return new LoadResult(null, [Diagnostic.Error(file, SourceSpan.WholeFile, problem)]);
        }
    }
}
