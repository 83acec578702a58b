using System.CommandLine;
using SuperD.Configuration;

namespace SuperD.Cli;

/// <summary>What all commands share that talk to a running superd: which superd is meant, and in which form it answers.</summary>
internal sealed class ConsoleOptions(Option<string?> file)
{
    private readonly Option<string?> _socket = new("--socket") { HelpName = "PATH", Description = "The console's socket (default: that of the configuration)" };

    private readonly Option<bool> _json = new("--json") { Description = "Print JSON" };

    /// <summary>A command with these options.</summary>
    /// <param name="run">Gets the connection to superd; returns an <see cref="ExitCode"/>.</param>
    public Command Create(string name, string description, Func<ParseResult, ConsoleClient, int> run)
    {
        Command command = new(name, description);
        command.Options.Add(file);
        command.Options.Add(_socket);
        command.Options.Add(_json);
        command.SetAction(parsed => Run(parsed, run));
        return command;
    }

    public bool Json(ParseResult parsed) => parsed.GetValue(_json);

    private int Run(ParseResult parsed, Func<ParseResult, ConsoleClient, int> run)
    {
        if (FindSockets(parsed) is not { } sockets)
        {
            return ExitCode.Config;
        }

        using ConsoleClient? console = ConsoleClient.TryConnect(sockets, Console.Error, out int exitCode);
        if (console is null)
        {
            return exitCode;
        }

        try
        {
            return run(parsed, console);
        }
        catch (IOException problem)
        {
            Console.Error.WriteLine($"superd: lost the connection to superd: {problem.Message}");
            return ExitCode.IoError;
        }
    }

    /// <summary>Where superd may be found, the likeliest first; null when there is no configuration, which is then said.</summary>
    private IReadOnlyList<string>? FindSockets(ParseResult parsed)
    {
        if (parsed.GetValue(_socket) is { } given)
        {
            return [given];
        }

        if (ConfigurationOption.Find(parsed.GetValue(file)) is not { } configuration)
        {
            return null;
        }

        HostContext host = HostContext.Current();
        return ConfigurationLoader.FindControl(configuration, host)?.Socket is { } written
            ? [written]
            : ControlPlaces.Candidates(configuration, host.UserId);
    }
}
