using System.Globalization;

namespace SuperD.Linux;

/// <summary>The variables a service manager sets for a process: sd_notify(3), sd_watchdog_enabled(3), sd_listen_fds(3).</summary>
/// <param name="NotifySocket">The socket to report to: a path, or <c>@NAME</c> of an abstract socket; null = none.</param>
/// <param name="Watchdog">The manager expects a keep-alive at least this often; null = never.</param>
/// <param name="PassedDescriptors">The number of passed descriptors, starting at 3.</param>
/// <param name="PassedNames">Their names, in order; may be fewer.</param>
public sealed record ManagerVariables(string? NotifySocket, TimeSpan? Watchdog, int PassedDescriptors, IReadOnlyList<string> PassedNames)
{
    /// <summary>
    /// How many descriptors the manager keeps for a superd that is killed, and passes to the next one; 0 for none. See FDSTORE= in
    /// systemd.exec(5), which systemd sets since version 254; a unit can set it itself.
    /// </summary>
    public int StoreSize { get; init; }

    /// <summary>No service manager.</summary>
    public static readonly ManagerVariables None = new(null, null, 0, []);

    private static readonly string[] s_names =
        ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "LISTEN_PIDFDID", "FDSTORE"];

    /// <summary>Reads the variables and removes them from this process's environment, so that no handler sees them.</summary>
    /// <remarks>Not even a <c>pass_env</c> can pass them on.</remarks>
    public static ManagerVariables Take()
    {
        ManagerVariables variables = Read(Environment.GetEnvironmentVariable, Environment.ProcessId);
        foreach (string name in s_names)
        {
            Environment.SetEnvironmentVariable(name, null);
        }

        return variables;
    }

    /// <summary>Interprets the variables.</summary>
    /// <param name="variable">Returns a variable's value by name, or null.</param>
    /// <param name="ownPid">Variables addressed to another pid were inherited through this process's parent and are ignored.</param>
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
            passed > 0 ? variable("LISTEN_FDNAMES")?.Split(':') ?? [] : [])
        {
            StoreSize = (int)Math.Min(Number(variable("FDSTORE")), int.MaxValue),
        };
    }

    /// <summary>The number; 0 when the text is not one.</summary>
    private static long Number(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            && number < TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerMicrosecond
            ? number
            : 0;
}
