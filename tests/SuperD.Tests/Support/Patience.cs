using System.Diagnostics;
using NUnit.Framework;

namespace SuperD.Tests.Support;

/// <summary>
/// Waits for a condition, no longer than it takes and never indefinitely. The limit is a bound against hanging, not an expectation.
/// </summary>
internal static class Patience
{
    /// <summary>Far longer than any condition takes on the slowest machine.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(5);

    /// <summary>Waits until the condition holds; fails the test with this description if it does not in time.</summary>
    public static void Until(Func<bool> condition, string what) => Until(condition, () => what);

    /// <param name="what">Called only on failure, so it may describe the state at that moment.</param>
    public static void Until(Func<bool> condition, Func<string> what)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            if (clock.Elapsed > Limit)
            {
                Assert.Fail($"waited {Limit.TotalSeconds} s in vain until {what()}");
            }

            Thread.Sleep(s_interval);
        }
    }

    /// <summary>Waits until a number has not changed for half a second, and returns it.</summary>
    public static long UntilStill(Func<long> number, string what)
    {
        long last = number();
        var still = Stopwatch.StartNew();
        Until(
            () =>
            {
                long now = number();
                if (now != last)
                {
                    last = now;
                    still.Restart();
                }

                return still.Elapsed > TimeSpan.FromMilliseconds(500);
            },
            what);
        return last;
    }
}
