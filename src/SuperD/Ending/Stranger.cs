using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Ending;

/// <summary>A process whose parent has ended, now a child of superd: it keeps its pid until superd reaps it.</summary>
/// <param name="stat">As it was when it was found.</param>
internal sealed class Stranger(int pid, ProcessStat stat, Makers makers)
{
    public int Pid => pid;

    public ProcessStat Stat => stat;

    /// <summary>Those who may have made it.</summary>
    public Makers Makers => makers;

    /// <summary>Those of <see cref="Makers"/>.</summary>
    public ProcessOwner[] Owners => makers.Owners;

    /// <summary>It and its descendants.</summary>
    public Family Family { get; } = new(pid);

    public bool HasEnded { get; set; }

    /// <summary>Since when <see cref="IsOrphan"/> was seen to hold, in the loop's <c>NowMs</c>; null = not yet.</summary>
    public long? OrphanSinceMs { get; set; }

    /// <summary>Whether all who may have made it have ended, and none of them wants to keep it.</summary>
    public bool IsOrphan => Array.TrueForAll(Owners, owner => owner is { HasEnded: true, Keeps: false });

    /// <summary>Whether only this owner can have made it.</summary>
    public bool IsOf(ProcessOwner owner) => Owners is [var only] && only == owner;

    /// <summary>How long it has between TERM and KILL: the longest <c>stop_grace</c> of its owners.</summary>
    public TimeSpan StopGrace => Owners is [] ? ServiceDefinition.DefaultStopGrace : Owners.Max(owner => owner.StopGrace);
}
