namespace SuperD.Benchmarks.Scenarios;

/// <summary>A measurement; each has its own file.</summary>
/// <param name="name">Its name on the command line.</param>
/// <param name="summary">What it measures, in one line.</param>
internal abstract class Scenario(string name, string summary)
{
    public string Name => name;

    public string Summary => summary;

    /// <summary>Whether it runs when the command line names no scenario.</summary>
    public virtual bool RunsByDefault => true;

    /// <summary>
    /// Measures, records the figures and prints its table; throws a <see cref="BenchException"/> when superd did not do what it must.
    /// </summary>
    public abstract void Run(Bench bench);
}
