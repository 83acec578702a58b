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
        // The socket that is named is meant, whatever superd.toml may be in this directory.
        string? socket = parsed.GetValue(_socket), named = parsed.GetValue(file);
        string? configuration = socket is null ? ConfigurationOption.Find(named) : named;
        if (socket is null && configuration is null)
        {
            return ExitCode.Config;
        }

        IReadOnlyList<string> sockets = socket is not null ? [socket] : FindSockets(configuration!); // one of them is there
        using ConsoleClient? console = ConsoleClient.TryConnect(sockets, configuration, forPeople: !Json(parsed), Console.Error, out int exitCode);
        if (console is null)
        {
            return exitCode;
        }

        try
        {
            return run(parsed, console);
        }
        catch (ConsoleFailure failure)
        {
            Console.Error.WriteLine($"superd: {console.Path}: {failure.Message}");
            return failure.ExitCode;
        }
    }

    /// <summary>Where superd may be found, the likeliest first.</summary>
    private static IReadOnlyList<string> FindSockets(string configuration)
    {
        HostContext host = HostContext.Current();
        return ConfigurationLoader.FindControl(configuration, host)?.Socket is { } written
            ? [written]
            : ControlPlaces.Candidates(configuration, host.UserId);
    }
}
