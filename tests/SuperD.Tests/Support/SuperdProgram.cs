namespace SuperD.Tests.Support;

/// <summary>The <c>superd</c> executable, as a user would start it.</summary>
internal static class SuperdProgram
{
    /// <summary>
    /// The parent-death signal of a superd that runs services: at QUIT it ends its handlers, and removes their cgroups, before itself.
    /// </summary>
    public const string DeathSignal = "QUIT";

    /// <summary>The one that was built along with the tests: the JIT build, with its assertions.</summary>
    public static string JitPath { get; } = Repository.Built("SuperD", "superd");

    /// <summary>The one that tests start: the JIT build. NativeBuildTests starts the native one.</summary>
    public static string Path => JitPath;

    /// <summary>Absolute path of the child under launch in the tests.</summary>
    public static string TestHandler { get; } = Repository.Built("SuperD.TestHandler", "superd-test-handler");

    /// <summary>Runs a command to its end, in a directory, and returns what it said and its exit code.</summary>
    public static ProgramResult Run(string directory, params string[] arguments) => RunningProgram.RunToEnd(Path, arguments, directory);

    public static ProgramResult Run(string directory, Dictionary<string, string?> environment, params string[] arguments) =>
        RunningProgram.RunToEnd(Path, arguments, directory, environment);
}
