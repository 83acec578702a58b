using System.CommandLine;
using SuperD.Configuration;
using SuperD.Ending;
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
        Command check = new("check", "Report every problem of the configuration; binds and runs nothing");
        check.Options.Add(file);
        check.Options.Add(json);
        check.SetAction(parsed => Run(parsed.GetValue(file), parsed.GetValue(json)));
        return check;
    }

    private static int Run(string? given, bool json)
    {
        if (ConfigurationOption.Find(given) is not { } file)
        {
            return ExitCode.Config;
        }

        LoadResult result = ConfigurationLoader.Load(file, HostContext.Current());
        if (json)
        {
            Console.Out.WriteLine(Printable.ShowJson(CheckReport.ToJson(file, result)));
        }
        else
        {
            using DiagnosticWriter writer = DiagnosticWriter.ForStandardOutput();
            writer.Write(result.Diagnostics);
            if (result.Server is not null)
            {
                writer.WriteLine($"{file}: orphans would be found by {ProcessTreesChoice.Foresee()}");
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

    /// <summary><c>superd.toml: 3 services, 0 errors, 1 warning</c>; without the services if superd could not start at all.</summary>
    private static string Summary(string file, LoadResult result)
    {
        string services = result.Server is null ? "" : Wording.Count(result.Server.Services.Length, "service") + ", ";
        string errors = Wording.Count(result.Count(Severity.Error), "error");
        string warnings = Wording.Count(result.Count(Severity.Warning), "warning");
        return $"{file}: {services}{errors}, {warnings}";
    }
}
