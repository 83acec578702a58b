using SuperD.Configuration;

namespace SuperD.Services;

/// <summary>A part of superd that holds work between two events: connections, or what is left of them.</summary>
/// <remarks>
/// A stage joins the conductor's <see cref="Stages"/> when it is constructed, so none is forgotten where superd goes over all of them: when it
/// counts descriptors, when it ends, and when it becomes its next version. Loop only.
/// </remarks>
internal abstract class Stage
{
    protected Stage(Stages stages) => stages.Add(this);

    /// <summary>Pieces of work that the end of superd waits for.</summary>
    public abstract int Count { get; }

    /// <summary>Descriptors that its work holds.</summary>
    public virtual int Descriptors => Count;

    /// <summary>Whether none of its work is between two states, so that it can be handed over.</summary>
    public virtual bool IsSettled => true;

    /// <summary>A reload has put a configuration into force.</summary>
    public virtual void Succeed(ServerDefinition server)
    {
    }

    /// <summary>superd ends: ends the work that no signal to a handler ends.</summary>
    public virtual void EndAll()
    {
    }

    /// <summary>What superd's next version needs to go on with the work; null for nothing.</summary>
    public virtual StageHandover? HandOver(KeptDescriptors kept) => null;

    /// <summary>Goes on with the work of superd's last version; false when the part is another stage's.</summary>
    public virtual bool TryInherit(StageHandover part, Inheritance inheritance) => false;
}
