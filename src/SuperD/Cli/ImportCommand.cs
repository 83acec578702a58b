using System.CommandLine;
using System.Globalization;
using SuperD.Configuration;
using SuperD.Importing;
using SuperD.Importing.Inetd;
using SuperD.Importing.Systemd;
using SuperD.Importing.Xinetd;

namespace SuperD.Cli;

/// <summary><c>superd import</c>: converts the configuration of xinetd, inetd or systemd to superd.toml and services.d.</summary>
/// <remarks>
/// The files go to a directory or to stdout, the report to stderr. Exit code 0 if everything was read, no matter how much of it has no
/// counterpart here; 1 if a file was put aside, so that a service of the original is not there.
/// </remarks>
internal static class ImportCommand
{
    private const string NoFiles = "has no configuration file to import";

    private static readonly (string Name, string Why)[] s_unread =
    [
        ("rlinetd", "rlinetd.conf is not read, it has a language of its own (superd reads those of xinetd, inetd and systemd)"),
        ("tcpserver", $"tcpserver {NoFiles}"),
        ("socat", $"socat {NoFiles}"),
    ];

    private delegate (List<ServiceFile>? Files, ImportProblem? Problem) Importer(ImportReport report);

    /// <summary>Builds the command.</summary>
    public static Command Build()
    {
        Option<string?> directory = new("--output", "-o")
        {
            HelpName = "DIR",
            Description = "Write DIR/superd.toml and DIR/services.d (default: all to stdout)",
        };
        Option<bool> verbose = new("--verbose", "-v") { Description = "Report every line, including those that mean the same here" };
        var command = new Command("import", "Convert the configuration of xinetd, inetd or systemd to service files");

        Argument<string> xinetd = new("FILE")
        {
            Description = "The configuration of xinetd",
            DefaultValueFactory = _ => "/etc/xinetd.conf",
        };
        Add(command, new Command("xinetd", "Import xinetd.conf and what it includes") { xinetd },
            parsed => report => XinetdMapper.Import(parsed.GetRequiredValue(xinetd), report, new ImportHost()));

        Argument<string> inetd = new("FILE") { Description = "The configuration of inetd", DefaultValueFactory = _ => "/etc/inetd.conf" };
        Option<string> dialect = new("--dialect")
        {
            HelpName = "NAME",
            Description = "The dialect of the file",
            DefaultValueFactory = _ => InetdDialect.OpenBsd.Name,
        };
        dialect.AcceptOnlyFromAmong([.. InetdDialect.All.Select(one => one.Name)]);
        Add(command, new Command("inetd", "Import inetd.conf") { inetd, dialect },
            parsed => report => InetdMapper.Import(
                parsed.GetRequiredValue(inetd), InetdDialect.Of(parsed.GetRequiredValue(dialect)), report, new ImportHost()));

        foreach ((string name, string why) in s_unread)
        {
            command.Subcommands.Add(Unread(name, why));
        }

        Argument<string[]> units = new("UNIT.socket")
        {
            Description = "Socket units, by name or path; their services are found beside them",
            Arity = ArgumentArity.OneOrMore,
        };
        Add(command, new Command("systemd", "Import socket units with their services") { units },
            parsed => report => SystemdMapper.Import(parsed.GetRequiredValue(units), report, new ImportHost()));
        return command;

        void Add(Command parent, Command source, Func<ParseResult, Importer> importer)
        {
            source.Options.Add(directory);
            source.Options.Add(verbose);
            source.SetAction(parsed => Run(importer(parsed), parsed.GetValue(directory), parsed.GetValue(verbose)));
            parent.Subcommands.Add(source);
        }
    }

    /// <summary>A super-server whose name people try: its configuration cannot be imported.</summary>
    private static Command Unread(string name, string why)
    {
        var command = new Command(name) { Hidden = true };
        command.Arguments.Add(new Argument<string[]>("FILE") { Arity = ArgumentArity.ZeroOrMore });
        command.Options.Add(new Option<string?>("--output", "-o"));
        command.SetAction(_ => Fail($"{why}: write a service file with 'superd add NAME LISTEN PROGRAM' for each service", ExitCode.Usage));
        return command;
    }

    private static int Run(Importer import, string? directory, bool verbose)
    {
        var report = new ImportReport();
        (List<ServiceFile>? files, ImportProblem? unread) = import(report);
        if (files is null)
        {
            return Fail(unread!.Text, unread.IsOtherContent ? ExitCode.DataError : ExitCode.Unavailable); // no files, so a problem
        }

        bool toStdout = directory is null;
        string target = directory ?? Directory.CreateTempSubdirectory("superd-import-").FullName;
        try
        {
            (List<(string Path, string Text)>? written, string? problem) = ImportedConfiguration.Write(target, files, report, toStdout);
            if (written is null)
            {
                return Fail(problem, ExitCode.IoError);
            }

            if (toStdout)
            {
                written.ForEach(file => Console.Out.Write($"#### {file.Path}\n{file.Text}\n"));
            }

            int aside = written.Count(file => file.Path.EndsWith(ImportedConfiguration.Aside, StringComparison.Ordinal));
            string[] paths = [.. written.TakeLast(files.Count).Select(file => file.Path)]; // superd.toml comes before them
            WriteReport(report, [.. files.Zip(paths)], aside, directory, verbose);
            return aside > 0 || report.Problems.Count > 0 ? ExitCode.No : ExitCode.Ok;
        }
        finally
        {
            if (toStdout)
            {
                Directory.Delete(target, recursive: true);
            }
        }
    }

    private static int Fail(string? problem, int code)
    {
        foreach (string line in problem?.Split('\n') ?? [])
        {
            Console.Error.WriteLine($"superd: {line}");
        }

        return code;
    }

    private static void WriteReport(
        ImportReport report, List<(ServiceFile File, string Path)> files, int aside, string? directory, bool verbose)
    {
        using var output = new PrintableWriter(() => new StreamWriter(Console.OpenStandardError()));
        var mistakes = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (ImportNote note in report.Notes)
        {
            bool isMistake = note.Fate is ImportFate.Wrong or ImportFate.Aside;
            int before = isMistake ? mistakes.GetValueOrDefault(note.Place.File) : 0;
            if (isMistake)
            {
                mistakes[note.Place.File] = before + 1;
            }

            if (before < Problems.MostListed && (verbose || note.Fate != ImportFate.Mapped))
            {
                output.WriteLine(note.ToString());
            }
        }

        foreach ((string file, int number) in mistakes.Where(mistake => mistake.Value > Problems.MostListed))
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{file}: and {number - Problems.MostListed:N0} more mistakes; mend those above first"));
        }

        string[] reasons = [.. files.SelectMany(one => one.File.Reasons.Select(why => $"{one.Path}: enabled = false: {why}"))];
        foreach (string reason in reasons.Take(Problems.MostListed))
        {
            output.WriteLine(reason);
        }

        if (reasons.Length > Problems.MostListed)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"and {reasons.Length - Problems.MostListed:N0} more reasons: each file names its own"));
        }

        foreach (ImportProblem problem in report.Problems)
        {
            output.WriteLine($"superd: {problem.Text}; it was not imported");
        }

        int off = files.Count(one => !one.File.Enabled);
        output.WriteLine(
            $"superd: {Wording.Count(files.Count, "service")} imported"
            + $"{(off > 0 ? $", {off} of them with enabled = false" : "")}{(aside > 0 ? $", {aside} of them put aside" : "")}"
            + $"{(report.Problems.Count > 0 ? $", {report.Problems.Count} not imported" : "")}; "
            + $"of their lines {report.Count(ImportFate.Mapped)} mean the same here, {report.Count(ImportFate.Differs)} have a note, "
            + $"{report.Count(ImportFate.NotMapped)} are not imported, {report.Count(ImportFate.Wrong)} were wrong");
        if (aside > 0)
        {
            output.WriteLine(
                $"superd: superd does not read NAME.toml{ImportedConfiguration.Aside}: "
                + $"rename the {Wording.Count(aside, "file")} when what is said above is mended");
        }

        if (directory is not null)
        {
            output.WriteLine($"superd: next: superd check{ConfigurationOption.Again(Path.Combine(directory, "superd.toml"))}");
        }
    }
}
