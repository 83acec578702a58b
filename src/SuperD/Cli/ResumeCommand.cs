using System.CommandLine;
using SuperD.Control;

namespace SuperD.Cli;

/// <summary><c>superd resume SERVICE</c>: takes <c>pause</c> and <c>drain</c> back.</summary>
internal static class ResumeCommand
{
    public static Command Build(ConsoleOptions options) => SteerCommand.Build(
        options, ControlCommands.Resume, "Let a service take new clients again, after 'superd pause' or 'drain'");
}
