using SuperD.Configuration;

namespace SuperD.Services;

/// <summary>All stages of a superd, in the order in which they inherit the work of the previous version. Loop only.</summary>
internal sealed class Stages
{
    private readonly List<Stage> _all = [];

    /// <summary>How many pieces of work a shutdown waits for.</summary>
    public int Count
    {
        get
        {
            int count = 0;
            foreach (Stage stage in _all)
            {
                count += stage.Count;
            }

            return count;
        }
    }

    /// <summary>How many descriptors the work of all stages holds.</summary>
    public int Descriptors
    {
        get
        {
            int count = 0;
            foreach (Stage stage in _all)
            {
                count += stage.Descriptors;
            }

            return count;
        }
    }

    /// <summary>Whether no stage has work between two states.</summary>
    public bool IsSettled => _all.TrueForAll(stage => stage.IsSettled);

    /// <summary>Hands over the work of all stages.</summary>
    public IReadOnlyList<StageHandover> HandOver(KeptDescriptors kept) =>
        [.. _all.Select(stage => stage.HandOver(kept)).OfType<StageHandover>()];

    /// <summary>Lets each stage inherit its part of the previous version's work.</summary>
    public void Inherit(IReadOnlyList<StageHandover> parts, Inheritance inheritance)
    {
        foreach (Stage stage in _all)
        {
            _ = parts.Any(part => stage.TryInherit(part, inheritance));
        }
    }

    /// <summary>Lets each stage succeed to the configuration that a reload has put into force.</summary>
    public void Succeed(ServerDefinition server) => _all.ForEach(stage => stage.Succeed(server));

    /// <summary>Ends, at shutdown, the work that no signal to a handler ends; connections that are not served yet come first.</summary>
    public void EndAll()
    {
        foreach (Stage stage in Enumerable.Reverse(_all))
        {
            stage.EndAll();
        }
    }

    /// <summary>Adds a stage; only its constructor calls this.</summary>
    internal void Add(Stage stage) => _all.Add(stage);
}
