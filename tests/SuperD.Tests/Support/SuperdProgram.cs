using Medallion.Shell;

namespace SuperD.Tests.Support;

/// <summary>The <c>superd</c> executable that was built along with the tests, as a user would start it.</summary>
internal static class SuperdProgram
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Its absolute path.</summary>
    public static string Path { get; } = Repository.Built("SuperD", "superd");

    /// <summary>Absolute path of the child under launch in the tests.</summary>
    public static string TestHandler { get; } = Repository.Built("SuperD.TestHandler", "superd-test-handler");

    /// <summary>Runs a command to its end, in a directory, and returns what it said and its exit code.</summary>
    public static CommandResult Run(string directory, params string[] arguments) => Run(directory, [], arguments);

    public static CommandResult Run(string directory, IEnumerable<KeyValuePair<string, string>> environment, params string[] arguments)
    {
        using Command command = Command.Run(Path, arguments, options =>
            options.WorkingDirectory(directory).EnvironmentVariables(environment).Timeout(Patience));
        return command.Result;
    }
}
