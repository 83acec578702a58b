using System.CommandLine;
using SuperD.Control;

namespace SuperD.Cli;

/// <summary><c>superd pause SERVICE</c>: makes new clients wait in the kernel's queue.</summary>
internal static class PauseCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Build(ConsoleOptions options) => SteerCommand.Build(
        options, ControlCommands.Pause, "Make new clients of a service wait until 'superd resume'; live ones continue");
}
