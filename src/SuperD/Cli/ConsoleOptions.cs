using System.CommandLine;
using System.CommandLine.Parsing;
using SuperD.Configuration;

namespace SuperD.Cli;

/// <summary>What all commands that talk to a running superd share: which superd to ask, and in which form to print its answer.</summary>
internal sealed class ConsoleOptions(Option<string?> file)
{
    /// <summary>The option that names a console.</summary>
    public const string SocketName = "--socket";

    private readonly Option<string?> _socket = new(SocketName)
    {
        HelpName = "PATH",
        Description = "The console's socket (default: that of the configuration)",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print JSON" };

    /// <summary>Builds a command with these options.</summary>
    /// <param name="run">Receives the connection to superd; returns an <see cref="ExitCode"/>.</param>
    /// <param name="findsRunning">
    /// Whether, without a configuration, it asks the only superd that runs: for commands that change nothing.
    /// </param>
    public Command Create(string name, string description, Func<ParseResult, ConsoleClient, int> run, bool findsRunning = false)
    {
        Command command = new(name, description);
        command.Options.Add(file);
        command.Options.Add(_socket);
        command.Options.Add(_json);
        command.SetAction(parsed => Run(parsed, run, findsRunning));
        return command;
    }

    /// <summary>Whether to print JSON.</summary>
    public bool Json(ParseResult parsed) => parsed.GetValue(_json);

    private int Run(ParseResult parsed, Func<ParseResult, ConsoleClient, int> run, bool findsRunning)
    {
        // An explicit socket decides, even if this directory has a superd.toml.
        string? socket = parsed.GetValue(_socket), named = parsed.GetValue(file);
        if (socket is null && named is null && findsRunning && ConfigurationOption.FindUsual() is null)
        {
            socket = FindOnlyOne(parsed, out int failure);
            if (socket is null)
            {
                return failure;
            }
        }

        string? configuration = socket is null ? ConfigurationOption.Find(named) : named;
        if (socket is null && configuration is null)
        {
            return ExitCode.Config;
        }

        IReadOnlyList<string> sockets = socket is not null ? [socket] : FindSockets(configuration!); // null only with a socket
        using ConsoleClient? console = ConsoleClient.TryConnect(
            sockets, configuration, forPeople: !Json(parsed), Console.Error, out int exitCode);
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

    /// <summary>The socket of the only superd that runs; if there are more or none, prints them and returns null.</summary>
    private static string? FindOnlyOne(ParseResult parsed, out int exitCode)
    {
        IReadOnlyList<RunningServer> running = RunningServers.FindAll(HostContext.Current());
        if (running is [var only])
        {
            exitCode = ExitCode.Ok;
            return only.Socket;
        }

        if (running.Count == 0)
        {
            Console.Error.WriteLine(
                $"superd: {ConfigurationOption.Missing}, and no superd runs whose console you may use; "
                + "'superd init' writes one here, or name it with -c FILE");
            exitCode = ExitCode.Config;
            return null;
        }

        Console.Error.WriteLine($"superd: {running.Count} superd run; choose one of them:");
        foreach (RunningServer server in running)
        {
            Console.Error.WriteLine($"  {Again(parsed, server.Socket)}  # pid {server.Pid}, {server.Configuration}");
        }

        exitCode = ExitCode.Usage;
        return null;
    }

    /// <summary>The command as it was written, with the option for a socket.</summary>
    private static string Again(ParseResult parsed, string socket)
    {
        IEnumerable<string> words = parsed.Tokens.SkipWhile(token => token.Type != TokenType.Command).Skip(1).Select(token => token.Value);
        return string.Join(
            ' ', ["superd", parsed.CommandResult.Command.Name, "--socket", .. words.Prepend(socket).Select(ShellWord.Quote)]);
    }

    /// <summary>Where superd's socket may be, the likeliest place first.</summary>
    private static IReadOnlyList<string> FindSockets(string configuration)
    {
        HostContext host = HostContext.Current();
        return ConfigurationLoader.FindControl(configuration, host)?.Socket is { } written
            ? [written]
            : ControlPlaces.Candidates(configuration, host.UserId);
    }
}
