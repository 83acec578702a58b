using System.Diagnostics;
using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Reloading;

/// <summary>The configuration, read and compared away from the loop. Immutable.</summary>
/// <param name="Load">What the files say, and every problem of them.</param>
/// <param name="Plan">Null when anything in any file is an error: then nothing may change.</param>
/// <param name="Took">How long it took.</param>
internal sealed record ReloadReading(LoadResult Load, ReloadPlan? Plan, TimeSpan Took)
{
    /// <summary>Reads the files of the configuration in force again. Blocks: a disk may be slow, and thousands of files take their time.</summary>
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
            // A mistake of superd in reading is no reason to take down what runs well: nothing has been touched yet.
            string problem = $"an error nobody planned for while it was read; please report it: {unplanned}";
            return new LoadResult(null, [Diagnostic.Error(file, SourceSpan.WholeFile, problem)]);
        }
    }
}
