using System.CommandLine;
using SuperD.Configuration;
using SuperD.Control;
using SuperD.Control.Messages;
using SuperD.Linux;

namespace SuperD.Cli;

/// <summary><c>superd complete services|connections|service-files</c>: the words that a shell offers. For the completion scripts.</summary>
/// <remarks>Each line is a word and, after a tab, what it is. Nothing else is on stdout, and the scripts ignore stderr.</remarks>
internal static class CompleteCommand
{
    /// <summary>Somebody has pressed a key and waits.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    /// <summary>Builds the command.</summary>
    public static Command Build(ConsoleOptions options, Option<string?> file)
    {
        var serviceFiles = new Command("service-files");
        serviceFiles.Options.Add(file);
        serviceFiles.SetAction(parsed => WriteFiles(parsed.GetValue(file)));
        var complete = new Command("complete", "Print the words that a shell offers") { Hidden = true };
        complete.Subcommands.Add(Ask(options, "services", ControlCommands.Status, reply =>
            reply.Services! // a good reply has them
            .Select(service => (service.Name, service.Description ?? service.State ?? service.Mode))));
        complete.Subcommands.Add(Ask(options, "connections", ControlCommands.Connections, reply =>
            reply.Connections! // as above
            .Select(connection => ($"{connection.Id}", Describe(connection)))));
        complete.Subcommands.Add(serviceFiles);
        return complete;
    }

    private static Command Ask(
        ConsoleOptions options, string name, string command, Func<ControlReply, IEnumerable<(string Word, string Meaning)>> words) =>
        options.Create(name, "", (_, console) =>
        {
            console.WaitFor(s_patience);
            if (!console.TryAskAll(new ControlRequest { Command = command }, out ControlReply reply))
            {
                return console.ExitCode;
            }

            Write(words(reply));
            return ExitCode.Ok;
        }, findsRunning: true);

    private static string Describe(ConnectionState connection) =>
        string.Join(' ', ((string?[])[connection.Service, connection.Peer, Figures.Time(connection.AgeMs)]).OfType<string>());

    /// <summary>Writes the names of the service files: to load them would take longer than somebody waits.</summary>
    private static int WriteFiles(string? given)
    {
        if (ConfigurationOption.Find(given) is not { } server
            || ConfigurationLoader.FindServices(server, HostContext.Current()) is not { } services
            || DirectoryNames.TryRead(services, out List<string> names) is not null)
        {
            return ExitCode.Config;
        }

        Write(names.Where(name => ServicesDirectory.IsServiceFile(name) && !name.StartsWith('.')).Order(StringComparer.Ordinal)
            .Select(name => (name[..^ServicesDirectory.Extension.Length], "")));
        return ExitCode.Ok;
    }

    /// <summary>A name with a control character cannot be typed, and one with a line break would be two.</summary>
    private static void Write(IEnumerable<(string Word, string Meaning)> words)
    {
        foreach ((string word, string meaning) in words.Where(one => !one.Word.Any(char.IsControl)))
        {
            Console.Out.WriteLine(meaning.Length > 0 ? $"{word}\t{meaning}" : word);
        }
    }
}
