using NUnit.Framework;

namespace SuperD.Tests.Support;

/// <summary>The <c>superd</c> executable as a user starts it.</summary>
internal static class SuperdProgram
{
    private const int JitShare = 4;

    private static readonly string? s_native = Environment.GetEnvironmentVariable("SUPERD_NATIVE");

    /// <summary>
    /// The parent-death signal of a superd that runs services: on QUIT it ends its handlers and removes their cgroups before it exits.
    /// </summary>
    public const string DeathSignal = "QUIT";

    /// <summary>The executable built with the tests: the JIT build with its assertions.</summary>
    public static string JitPath { get; } = Repository.Built("SuperD", "superd");

    /// <summary>The executable that the current test starts.</summary>
    /// <remarks>
    /// The JIT build, unless SUPERD_NATIVE names a native one, as in CI: then the native build, except for every fourth
    /// test, chosen by its name. A start and three connections take 0.6 s of processor time with the JIT build and 0.03 s
    /// with the native one, and the suite starts superd a thousand times.
    /// </remarks>
    public static string Path =>
        s_native is null || TestContext.CurrentContext.Test.FullName.Sum(letter => letter) % JitShare == 0 ? JitPath : s_native;

    /// <summary>Absolute path of the test handler.</summary>
    public static string TestHandler { get; } = Repository.Built("SuperD.TestHandler", "superd-test-handler");

    /// <summary>Runs a command to its end in a directory, and returns its output and its exit code.</summary>
    public static ProgramResult Run(string directory, params string[] arguments) => RunningProgram.RunToEnd(Path, arguments, directory);

    public static ProgramResult Run(string directory, Dictionary<string, string?> environment, params string[] arguments) =>
        RunningProgram.RunToEnd(Path, arguments, directory, environment);
}
