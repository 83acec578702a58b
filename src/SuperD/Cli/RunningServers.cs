using SuperD.Control;
using SuperD.Control.Messages;

namespace SuperD.Cli;

/// <summary>A superd that runs.</summary>
/// <param name="Socket">The socket of its console.</param>
/// <param name="Configuration">The path of its superd.toml; relative if its working directory is unknown.</param>
internal sealed record RunningServer(string Socket, int Pid, string Configuration);

/// <summary>Finds the superd processes that run, for a command outside their directories.</summary>
/// <remarks>By the consoles in the default directories. One with a <c>control.socket</c> of its own elsewhere is not found.</remarks>
internal static class RunningServers
{
    /// <summary>Asks every console in these directories that answers, and that may be trusted.</summary>
    public static IReadOnlyList<RunningServer> Find(IEnumerable<string> directories) =>
        [.. directories.SelectMany(SocketsIn).Select(TryAsk).OfType<RunningServer>()];

    private static string[] SocketsIn(string directory)
    {
        try
        {
            return [.. Directory.EnumerateFiles(directory, "*.sock").Order(StringComparer.Ordinal)];
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return []; // it does not exist, or is not this user's
        }
    }

    private static RunningServer? TryAsk(string socket)
    {
        using ConsoleClient? console = ConsoleClient.TryConnect([socket], configuration: null, forPeople: true, TextWriter.Null, out _);
        try
        {
            return console?.TryAsk(new ControlRequest { Command = ControlCommands.Status }, out ControlReply reply) == true
                ? new RunningServer(socket, reply.Server!.Pid, ConfigurationOf(reply.Server)) // every status has one
                : null;
        }
        catch (ConsoleFailure)
        {
            return null; // a superd that has just ended, or something else
        }
    }

    private static string ConfigurationOf(ServerState server) =>
        Path.Combine(new FileInfo($"/proc/{server.Pid}/cwd").LinkTarget ?? string.Empty, server.Config);
}
