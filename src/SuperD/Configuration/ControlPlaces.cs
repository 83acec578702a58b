namespace SuperD.Configuration;

/// <summary>The default places of the console's socket: superd looks for a usable one, and the commands for the socket.</summary>
internal static class ControlPlaces
{
    /// <summary>The directory for superd as a system service.</summary>
    public const string SystemDirectory = "/run/superd";

    private const string SystemConfiguration = "/etc/superd/superd.toml";

    /// <summary>The default places, best first: <c>superd.sock</c> for the system's superd.toml, a unique name for any other.</summary>
    public static IReadOnlyList<string> Candidates(string configurationFile, uint userId)
    {
        string name = Path.GetFullPath(configurationFile) == SystemConfiguration
            ? "superd.sock"
            : $"{ServerMark.Of(configurationFile)}.sock";
        return [.. Directories(userId).Select(directory => Path.Combine(directory, name))];
    }

    /// <summary>The directories of the default places, best first.</summary>
    public static IReadOnlyList<string> Directories(uint userId)
    {
        string? runtime = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        return runtime is ['/', ..] && !runtime.Contains('\uFFFD') // .NET's substitute for bytes that are not UTF-8
            ? [SystemDirectory, Path.Combine(runtime, "superd"), TemporaryDirectory(userId)]
            : [SystemDirectory, TemporaryDirectory(userId)];
    }

    private static string TemporaryDirectory(uint userId) => $"/tmp/superd-{userId}";
}
