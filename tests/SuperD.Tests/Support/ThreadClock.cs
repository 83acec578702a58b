using System.Globalization;

namespace SuperD.Tests.Support;

/// <summary>The processor time of a thread, which does not depend on the load of the machine.</summary>
internal static class ThreadClock
{
    /// <summary>The user and kernel time that an action takes on this thread.</summary>
    public static TimeSpan Measure(Action action)
    {
        long before = RanNs();
        action();
        return TimeSpan.FromMicroseconds((RanNs() - before) / 1000.0);
    }

    private static long RanNs() => long.Parse(File.ReadAllText("/proc/thread-self/schedstat").Split(' ')[0], CultureInfo.InvariantCulture);
}
