using System.CommandLine;
using SuperD.Configuration;
using SuperD.Control;
using SuperD.Control.Messages;
using SuperD.Ending;
using SuperD.Linux;
using SuperD.Listening;
using SuperD.Logging;

namespace SuperD.Cli;

/// <summary><c>superd check</c>: loads the configuration as a start would, reports its problems, and changes nothing.</summary>
/// <remarks>
/// The report is the command's result, so it goes to stdout, with the summary last. Exit code 0, or 78 if there is an error.
/// </remarks>
internal static class CheckCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Build(Option<string?> file)
    {
        Option<bool> json = new("--json") { Description = "Report as one JSON document" };
        Argument<string[]> single = new("FILE")
        {
            Description = "Check these service files alone, wherever they are, with the defaults of superd.toml",
            Arity = ArgumentArity.ZeroOrMore,
        };
        single.Validators.Add(result =>
        {
            // Otherwise a mistyped option would be taken for a file. One that is there was named after "--".
            if (result.Tokens.FirstOrDefault(token => token.Value.StartsWith('-') && !Path.Exists(token.Value)) is { } option)
            {
                result.AddError($"unrecognized command or argument '{option.Value}'");
            }
        });
        Command check = new("check", "Report every problem of the configuration; binds and runs nothing");
        check.Arguments.Add(single);
        check.Options.Add(file);
        check.Options.Add(json);
        check.SetAction(parsed =>
            Run(parsed.GetValue(file), [.. (parsed.GetValue(single) ?? []).Distinct()], parsed.GetValue(json)));
        return check;
    }

    private static int Run(string? given, string[] single, bool json)
    {
        if (single.Length > 0)
        {
            return RunSingle(given, single, json);
        }

        if (ConfigurationOption.Find(given) is not { } file)
        {
            return ExitCode.Config;
        }

        HostContext host = HostContext.Current();
        LoadResult result = ConfigurationLoader.Load(file, host);
        if (result is { Diagnostics.Length: > 0, Server: { } server } && new RivalServer(file, server).FindPid() is { } running)
        {
            // What is checked is meant for that superd: the group of this command's shell cannot have limits.
            host = host with { Cgroup = CgroupHome.Of(running) };
            result = ConfigurationLoader.Load(file, host);
        }

        if (json)
        {
            Console.Out.WriteLine(Printable.ShowJson(CheckReport.ToJson(file, result)));
        }
        else
        {
            using DiagnosticWriter writer = DiagnosticWriter.ForStandardOutput();
            writer.Write(result.Diagnostics);
            if (result.UnreadNote is { } note)
            {
                writer.WriteLine(note);
            }

            if (result.Server is not null)
            {
                foreach ((ServiceDefinition service, AddressHolder holder) in RivalServer.FindStrangers(file, result.Server))
                {
                    writer.WriteLine($"{Wording.Path(service.SourceFile)}: note: {holder.Address} is in use now: {holder}");
                }

                string orphanMeans = ProcessTreesChoice.Foresee();
                writer.WriteLine($"{file}: orphans would be found by {orphanMeans}");
                WriteHeld(writer, result.Server, orphanMeans);

                if (host.Sandbox.Difference is { } difference && result.Server.Services.Any(service => service.Sandbox is not null))
                {
                    writer.WriteLine($"{file}: note: {difference}");
                }

                if (!result.Server.StrictModes)
                {
                    writer.WriteLine(
                        $"{file}: strict modes are off: as root, superd trusts the files of its services no matter who can change them");
                }
            }

            writer.WriteLine(Summary(file, result));
        }

        return result.HasErrors ? ExitCode.Config : ExitCode.Ok;
    }

    /// <summary>Checks single files; one of them may be a superd.toml, which is then the configuration.</summary>
    private static int RunSingle(string? given, string[] single, bool json)
    {
        string? file = given ?? Array.Find(single, ConfigurationOption.IsServerFile) ?? ConfigurationOption.FindUsual();
        LoadResult result = ConfigurationLoader.LoadFiles(file, single, HostContext.Current());
        if (json)
        {
            Console.Out.WriteLine(Printable.ShowJson(CheckReport.ToJson(single[0], result)));
        }
        else
        {
            using DiagnosticWriter writer = DiagnosticWriter.ForStandardOutput();
            writer.Write(result.Diagnostics);
            if (result.Server is not null)
            {
                WriteHeld(writer, result.Server, ProcessTreesChoice.Foresee());
            }

            writer.WriteLine($"{Wording.Count(single.Length, "file")}, {Counts(result)}");
        }

        return result.HasErrors ? ExitCode.Config : ExitCode.Ok;
    }

    private static void WriteHeld(DiagnosticWriter writer, ServerDefinition server, string orphanMeans)
    {
        foreach ((string name, HeldState held) in HeldStates.OfAll(server.Services, orphanMeans))
        {
            writer.WriteLine($"{name}: {HeldText.Of(held)}");
        }
    }

    private static string Counts(LoadResult result) =>
        $"{Wording.Count(result.Count(Severity.Error), "error")}, {Wording.Count(result.Count(Severity.Warning), "warning")}";

    /// <summary><c>superd.toml: 3 services, 0 errors, 1 warning</c>; without the services if superd could not start at all.</summary>
    private static string Summary(string file, LoadResult result)
    {
        string services = result.Server is null ? "" : Wording.Count(result.Server.Services.Length, "service") + ", ";
        return $"{file}: {services}{Counts(result)}";
    }
}
