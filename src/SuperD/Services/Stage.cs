using SuperD.Configuration;

namespace SuperD.Services;

/// <summary>A part of superd that holds work between two events: connections, or what is left of them. Loop only.</summary>
/// <remarks>
/// A stage adds itself to the conductor's <see cref="Stages"/> when it is constructed, so that no stage is forgotten when superd counts
/// descriptors, shuts down, or hands its work over to the next version.
/// </remarks>
internal abstract class Stage
{
    /// <summary>Adds the stage to those of the conductor.</summary>
    protected Stage(Stages stages) => stages.Add(this);

    /// <summary>How many pieces of work a shutdown waits for.</summary>
    public abstract int Count { get; }

    /// <summary>How many descriptors its work holds.</summary>
    public virtual int Descriptors => Count;

    /// <summary>Whether no work is between two states, so that all can be handed over.</summary>
    public virtual bool IsSettled => true;

    /// <summary>Succeeds to the configuration that a reload has put into force.</summary>
    public virtual void Succeed(ServerDefinition server)
    {
    }

    /// <summary>Ends, at shutdown, the work that no signal to a handler ends.</summary>
    public virtual void EndAll()
    {
    }

    /// <summary>What the next version needs to continue the work; null if there is nothing.</summary>
    public virtual StageHandover? HandOver(KeptDescriptors kept) => null;

    /// <summary>Inherits the work of the previous version; returns false if the part belongs to another stage.</summary>
    public virtual bool TryInherit(StageHandover part, Inheritance inheritance) => false;
}
