using System.CommandLine;
using System.CommandLine.Invocation;
using SuperD.Services;

namespace SuperD.Cli;

/// <summary><c>superd --version</c>, <c>-v</c> or <c>-V</c>: prints one line with the name and the version.</summary>
internal sealed class VersionOption : SynchronousCommandLineAction
{
    /// <summary>The version of this build: <c>0.1.0</c>.</summary>
    public static string Version => SuperdVersion.Text;

    /// <summary>Makes the root command's version option print superd's own line.</summary>
    public static void Use(RootCommand root)
    {
        foreach (Option option in root.Options)
        {
            if (option is System.CommandLine.VersionOption)
            {
                option.Description = "Print the version";
                option.Aliases.Add("-v");
                option.Aliases.Add("-V");
                option.Action = new VersionOption();
            }
        }
    }

    public override int Invoke(ParseResult parseResult)
    {
        Console.Out.WriteLine($"superd {Version}");
        return ExitCode.Ok;
    }
}
