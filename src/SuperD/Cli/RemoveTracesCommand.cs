using System.CommandLine;
using SuperD.Linux;

namespace SuperD.Cli;

/// <summary><c>superd remove-traces USERS</c>: how a superd without root removes the files of users in their namespace.</summary>
/// <remarks>superd itself runs it, see <see cref="UserNamespace.RemoveTraces"/>; it removes what its caller may remove.</remarks>
internal static class RemoveTracesCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Build()
    {
        var users = new Argument<string>("users");
        var command = new Command(UserNamespace.RemoveCommand, "Remove what users have left") { Hidden = true };
        command.Arguments.Add(users);
        command.SetAction(parsed =>
        {
            Console.Out.WriteLine(UserNamespace.WriteRemoval(parsed.GetRequiredValue(users)));
            return ExitCode.Ok;
        });
        return command;
    }
}
