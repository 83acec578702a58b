using System.CommandLine;
using SuperD.Control;

namespace SuperD.Cli;

/// <summary><c>superd resume [SERVICE]</c>: undoes <c>pause</c> and <c>drain</c>.</summary>
internal static class ResumeCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Build(ConsoleOptions options) => SteerCommand.Build(
        options,
        ControlCommands.Resume,
        "Let a service, or all, accept new clients again, after 'superd pause' or 'drain'",
        mayBeAll: true);
}
