using System.Globalization;

namespace SuperD.Linux;

/// <summary>What a service manager tells a process in its environment: sd_notify(3), sd_watchdog_enabled(3), sd_listen_fds(3).</summary>
/// <param name="NotifySocket">Where to report to: a path, or <c>@NAME</c> of an abstract socket; null = nowhere.</param>
/// <param name="Watchdog">At least this often a sign of life is expected; null = never.</param>
/// <param name="PassedDescriptors">How many open descriptors were passed, from 3 on.</param>
/// <param name="PassedNames">Their names, in order; there may be fewer.</param>
public sealed record ManagerVariables(string? NotifySocket, TimeSpan? Watchdog, int PassedDescriptors, IReadOnlyList<string> PassedNames)
{
    /// <summary>No service manager.</summary>
    public static readonly ManagerVariables None = new(null, null, 0, []);

    private static readonly string[] s_names =
        ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "LISTEN_PIDFDID", "FDSTORE"];

    /// <summary>Takes them out of this process's environment: what is said to superd is not said to its handlers, not even by <c>pass_env</c>.</summary>
    public static ManagerVariables Take()
    {
        ManagerVariables variables = Read(Environment.GetEnvironmentVariable, Environment.ProcessId);
        foreach (string name in s_names)
        {
            Environment.SetEnvironmentVariable(name, null);
        }

        return variables;
    }

    /// <param name="variable">A variable's value by its name, or null.</param>
    /// <param name="ownPid">What is meant for another process, because it was inherited by way of this one's parent, does not count.</param>
    public static ManagerVariables Read(Func<string, string?> variable, int ownPid)
    {
        string? watchdogPid = variable("WATCHDOG_PID");
        bool isWatched = watchdogPid is null || Number(watchdogPid) == ownPid;
        long microseconds = isWatched ? Number(variable("WATCHDOG_USEC")) : 0;
        int passed = Number(variable("LISTEN_PID")) == ownPid ? (int)Math.Min(Number(variable("LISTEN_FDS")), int.MaxValue) : 0;
        return new ManagerVariables(
            variable("NOTIFY_SOCKET") is { Length: > 1 } socket ? socket : null,
            microseconds > 0 ? TimeSpan.FromMicroseconds(microseconds) : null,
            passed,
            passed > 0 ? variable("LISTEN_FDNAMES")?.Split(':') ?? [] : []);
    }

    /// <summary>0 for what is no number.</summary>
    private static long Number(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number < TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerMicrosecond
            ? number
            : 0;
}
