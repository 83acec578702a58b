using SuperD.Linux;

namespace SuperD.Logging;

/// <summary>A handler's peak memory as log lines show it: <c>51200</c>, or <c>&lt;9800</c> where only a bound is known.</summary>
/// <param name="IsUpperBound">True when the handler used less than this, because superd's own peak is all the kernel tells.</param>
internal readonly record struct PeakMemory(long KiB, bool IsUpperBound)
{
<<<<<<< HEAD
    // superd's own peak never shrinks: it is asked for again only where the one known does not decide.
    private static long s_ownPeakKiB;

    /// <summary>Loop only.</summary>
    public static PeakMemory Of(ResourceUsage usage)
    {
        if (usage.PeakMemoryKiB > s_ownPeakKiB)
        {
            s_ownPeakKiB = ChildProcess.OwnPeakMemoryKiB();
        }

        return new PeakMemory(usage.PeakMemoryKiB, usage.PeakMemoryKiB <= s_ownPeakKiB);
    }
=======
    public static PeakMemory Of(ResourceUsage usage) =>
        new(usage.PeakMemoryKiB, !ChildProcess.IsOwnPeak(usage));
>>>>>>> main

    public override string ToString() => IsUpperBound ? $"<{KiB}" : KiB.ToString();
}
