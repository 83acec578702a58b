namespace SuperD.Benchmarks.Scenarios;

/// <summary>One thing that is measured; one file each.</summary>
/// <param name="name">The word on the command line.</param>
/// <param name="summary">What is measured, in one line.</param>
internal abstract class Scenario(string name, string summary)
{
    public string Name => name;

    public string Summary => summary;

    /// <summary>Whether it runs when no scenario is named.</summary>
    public virtual bool RunsByDefault => true;

    /// <summary>
    /// Measures, keeps the figures and prints its table; throws a <see cref="BenchException"/> when superd did not do what it must.
    /// </summary>
    public abstract void Run(Bench bench);
}
