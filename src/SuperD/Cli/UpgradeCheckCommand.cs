using System.CommandLine;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Upgrading;

namespace SuperD.Cli;

/// <summary><c>superd upgrade-check</c>: a running superd runs it on the executable that is to replace it. Not for people.</summary>
/// <remarks>
/// stdout: if this superd can take over, the answer (<see cref="UpgradeAnswer"/>), or the version alone, to an older superd that sends no
/// nonce. stderr: what prevents it, with exit code 78 for the configuration and 1 for anything else. Every error counts, even where a start
/// would only leave one service out: a bad file never takes a running service down.
/// </remarks>
internal static class UpgradeCheckCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Build(Option<string?> file)
    {
        Option<long?> format = new(UpgradeCheckArguments.Format)
        {
            HelpName = "N",
            Required = true,
            Description = "The handover format of the running superd",
            CustomParser = WholeNumber.Parser(UpgradeCheckArguments.Format, least: 0),
        };
        Option<string[]> passed = new(UpgradeCheckArguments.Passed)
        {
            HelpName = "SOCKET",
            Description = "A socket that the service manager has passed to the running superd",
        };
        Option<string?> nonce = new(UpgradeCheckArguments.Nonce) { HelpName = "TEXT", Description = "The text that the answer repeats" };
        Command check = new(UpgradeCheckArguments.Command, "Report whether this superd can take over from a running one") { Hidden = true };
        check.Options.Add(file);
        check.Options.Add(format);
        check.Options.Add(passed);
        check.Options.Add(nonce);
        check.SetAction(parsed => Run(
            parsed.GetValue(file), parsed.GetValue(format), parsed.GetValue(passed) ?? [], parsed.GetValue(nonce)));
        return check;
    }

    private static int Run(string? given, long? format, string[] passed, string? nonce)
    {
        if (format != Handover.CurrentFormat)
        {
            Console.Error.WriteLine(
                $"superd {VersionOption.Version} cannot take over from the running version: "
                + $"it hands over in format {format}, and this one takes {Handover.CurrentFormat}; restart superd instead");
            return ExitCode.No;
        }

        if (ProcessLauncher.FindObstacle() is { } obstacle)
        {
            Console.Error.WriteLine($"superd {VersionOption.Version}: {obstacle}");
            return ExitCode.OsError;
        }

        if (ConfigurationOption.Find(given) is not { } file)
        {
            return ExitCode.Config;
        }

        PassedSocket[] sockets = [.. passed.Select(PassedSocket.OfDescription)];
        HostContext host = HostContext.Current() with
        {
            IsPassed = (service, address) => sockets.Any(socket => socket.IsNamed(service) || socket.Covers(address)),
        };
        LoadResult load = ConfigurationLoader.Load(file, host);
        if (load.HasErrors || load.Server is null)
        {
            using DiagnosticWriter writer = DiagnosticWriter.ForStandardError();
            writer.Write([.. load.Diagnostics.Where(diagnostic => diagnostic.Severity == Severity.Error)]);
            return ExitCode.Config;
        }

        Console.Out.WriteLine(nonce is null ? VersionOption.Version : UpgradeAnswer.Write(nonce, VersionOption.Version));
        return ExitCode.Ok;
    }
}
