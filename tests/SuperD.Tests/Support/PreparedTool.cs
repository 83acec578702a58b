using Medallion.Shell;
using NUnit.Framework;

namespace SuperD.Tests.Support;

/// <summary>A program of the machine, with the environment a test wants for it. Each run must end well, and in time.</summary>
internal sealed class PreparedTool(string path)
{
    // A clone or a compilation is many programs, and some tests have twenty at once.
    private static readonly TimeSpan s_limit = 4 * Patience.Limit;

    /// <summary>Variables of the test's own environment whose names begin so are kept from the program.</summary>
    public string? HiddenPrefix { get; init; }

    /// <summary>Variables added to those of the test.</summary>
    public Dictionary<string, string> Environment { get; init; } = [];

    /// <summary>Runs it in a directory; what it wrote to stdout, without the last newline.</summary>
    public string Run(string directory, params string[] arguments) => RunAsync(directory, arguments).GetAwaiter().GetResult();

    public async Task<string> RunAsync(string directory, params string[] arguments)
    {
        using Command command = Command.Run(path, arguments, options => options
            .WorkingDirectory(directory)
            .StartInfo(info => SetEnvironment(info.Environment))
            .Timeout(s_limit));
        CommandResult result = await command.Task;
        Assert.That(result.Success, Is.True, $"{path} {string.Join(' ', arguments)}: exit {result.ExitCode}\n{result.StandardError}");
        return result.StandardOutput.TrimEnd('\n');
    }

    private void SetEnvironment(IDictionary<string, string?> variables)
    {
        if (HiddenPrefix is { } prefix)
        {
            foreach (string name in variables.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).ToArray())
            {
                variables.Remove(name);
            }
        }

        foreach ((string name, string value) in Environment)
        {
            variables[name] = value;
        }
    }
}
