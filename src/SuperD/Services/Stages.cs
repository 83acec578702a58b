using SuperD.Configuration;

namespace SuperD.Services;

/// <summary>All stages of a superd, in the order in which they inherit the work of its last version. Loop only.</summary>
internal sealed class Stages
{
    private readonly List<Stage> _all = [];

    /// <summary>Pieces of work that the end of superd waits for.</summary>
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

    /// <summary>Descriptors that the work of all stages holds.</summary>
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

    /// <summary>Whether no work is between two states.</summary>
    public bool IsSettled => _all.TrueForAll(stage => stage.IsSettled);

    /// <summary>The work of all stages, for superd's next version.</summary>
    public IReadOnlyList<StageHandover> HandOver(KeptDescriptors kept) => [.. _all.Select(stage => stage.HandOver(kept)).OfType<StageHandover>()];

    /// <summary>Each stage goes on with its part of the last version's work.</summary>
    public void Inherit(IReadOnlyList<StageHandover> parts, Inheritance inheritance)
    {
        foreach (Stage stage in _all)
        {
            _ = parts.Any(part => stage.TryInherit(part, inheritance));
        }
    }

    /// <summary>A reload has put a configuration into force.</summary>
    public void Succeed(ServerDefinition server) => _all.ForEach(stage => stage.Succeed(server));

    /// <summary>superd ends: ends the work that no signal to a handler ends; connections that are not served yet come first.</summary>
    public void EndAll()
    {
        foreach (Stage stage in Enumerable.Reverse(_all))
        {
            stage.EndAll();
        }
    }

    /// <summary>Only for the constructor of <see cref="Stage"/>.</summary>
    internal void Add(Stage stage) => _all.Add(stage);
}
