using System.CommandLine;
using SuperD.Control;

namespace SuperD.Cli;

/// <summary><c>superd pause SERVICE</c>: new clients wait in the kernel's queue.</summary>
internal static class PauseCommand
{
    public static Command Build(ConsoleOptions options) => SteerCommand.Build(
        options, ControlCommands.Pause, "Let new clients of a service wait, until 'superd resume'; live ones go on");
}
