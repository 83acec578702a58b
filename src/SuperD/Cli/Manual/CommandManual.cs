using System.CommandLine;
using System.CommandLine.Completions;

namespace SuperD.Cli.Manual;

/// <summary>The manual page superd(8), from the tree of commands.</summary>
internal static class CommandManual
{
    /// <summary>Exit codes in the order of the page; <see cref="ExitCode"/> has the numbers.</summary>
    internal static readonly (int Code, string Meaning)[] ExitCodes =
    [
        (ExitCode.Ok, "Success: superd ended as asked, check found no error."),
        (ExitCode.No, "The answer is no: why (the client would be refused), try (the handler failed), upgrade (superd stays what it was), "
            + "import (a service was put aside)."),
        (ExitCode.Usage, "The command line is wrong."),
        (ExitCode.DataError, "import: the file is no configuration of that kind."),
        (ExitCode.Unavailable, "connect: nobody answers at the address. Console commands: no superd answers, or there is no such service "
            + "or connection. import: there is no such file."),
        (ExitCode.Software, "A fault in superd itself. Its last log line, or the one line of a command, says where."),
        (ExitCode.OsError, "The system lacks something superd needs: Linux 5.9 or later on x86-64 or arm64."),
        (ExitCode.IoError, "A connection broke off, a file or standard output cannot be read or written, or import, init or add would "
            + "overwrite files."),
        (ExitCode.Temporary, "run: another superd runs with this configuration."),
        (ExitCode.NoPermission, "The user may not use the console, or superd does not trust what listens at its socket."),
        (ExitCode.Config, "The configuration is wrong."),
    ];

    private static readonly (string Name, string Effect)[] s_signals =
    [
        ("TERM, INT", "Stop listening, let handlers finish for shutdown_grace, then send TERM to all their processes and after "
            + "stop_grace KILL. Each further signal shortens the wait."),
        ("QUIT", "Kill all handlers and end at once."),
        ("HUP", "Reload: read the configuration again and apply the differences, all or nothing. The outcome is in the log."),
        ("USR1", "Open the log file again."),
        ("USR2", "Upgrade: become the version that is installed now, as 'superd upgrade' does."),
    ];

    public static RoffPage Build(RootCommand root)
    {
        var page = new RoffPage(ManualPages.Program, 8, "super-daemon: listens on many ports and runs a program per connection");
        page.Section("SYNOPSIS");
        page.Paragraph("superd [-c FILE] [--strict]");
        page.Paragraph("superd COMMAND [OPTIONS]");
        page.Section("DESCRIPTION");
        page.Paragraph("superd listens at the addresses of all its services. For each connection it starts the program of the service, "
            + "with the client's socket as standard input and standard output. superd.toml(5) is its configuration, and each file of the "
            + "services directory is one service, superd-service(5). Without a command superd runs as the daemon, in the foreground.");
        Command[] commands = [.. Visible(root)];
        Option[] common = [.. CommonOptions(commands)];
        page.Section("OPTIONS OF MOST COMMANDS");
        AddOptions(page, common);
        page.Section("COMMANDS");
        foreach (Command command in commands)
        {
            Option[] own = [.. command.Options.Where(option => !option.Hidden && !common.Contains(option))];
            page.Item(Synopsis(command, own), "", command.Description + ".");
            if (own.Length > 0)
            {
                page.Indent();
                AddOptions(page, own);
                page.Outdent();
            }
        }

        page.Section("SIGNALS");
        foreach ((string name, string effect) in s_signals)
        {
            page.Item(name, "", effect);
        }

        page.Section("EXIT STATUS");
        foreach ((int code, string meaning) in ExitCodes)
        {
            page.Item($"{code}", "", meaning);
        }

        page.Section("FILES");
        page.Item("./superd.toml, /etc/superd/superd.toml", "",
            "The configuration, if -c does not name another file: the first that exists.");
        page.Item("/run/superd/superd.sock", "",
            "The console's socket, if superd.toml is /etc/superd/superd.toml and does not name another.");
        page.Section("EXAMPLES");
        page.Example(
            "superd init",
            "superd add greet 9004 ./greet",
            "superd check",
            "superd run -c /etc/superd/superd.toml",
            "superd why 192.0.2.7 han",
            "superd tail han -n 20 -f",
            "superd import xinetd -o /etc/superd");
        page.Section("SEE ALSO");
        page.Paragraph("superd.toml(5), superd-service(5)");
        return page;
    }

    /// <summary>Every command that does something, in the order of the help.</summary>
    private static IEnumerable<Command> Visible(Command parent) => parent.Subcommands.Where(command => !command.Hidden)
        .SelectMany(command => Visible(command).Prepend(command)).Where(command => command.Action is not null);

    /// <summary>The options that more than half of the commands share; the page explains them once.</summary>
    private static IEnumerable<Option> CommonOptions(Command[] commands) => commands.SelectMany(command => command.Options)
        .CountBy(option => option).Where(counted => counted.Value > commands.Length / 2).Select(counted => counted.Key);

    private static void AddOptions(RoffPage page, IEnumerable<Option> options)
    {
        foreach (Option option in options)
        {
            page.Item(string.Join(", ", option.Aliases.Append(option.Name)) + Value(option), "", option.Description + ".");
        }
    }

    /// <summary><c>superd end [ID] [--from CIDR] [--service SERVICE]</c></summary>
    private static string Synopsis(Command command, IEnumerable<Option> options)
    {
        IEnumerable<string> values = options.Select(option => Bracketed(option.Name + Value(option), isOptional: !option.Required));
        return string.Join(' ', [CommandLine.Usage(command), .. values]);
    }

    private static string Bracketed(string text, bool isOptional) => isOptional ? $"[{text}]" : text;

    /// <summary>What follows the option's name: a space and the value's name, or the words to choose from; nothing for a switch.</summary>
    private static string Value(Option option) => option.ValueType == typeof(bool) ? ""
        : option.HelpName is { } name ? " " + name
        : " " + string.Join('|', option.GetCompletions(CompletionContext.Empty).Select(choice => choice.Label));
}
