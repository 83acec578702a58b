using SuperD.Configuration;
using SuperD.Control;
using SuperD.Control.Messages;
using SuperD.Linux;

namespace SuperD.Cli;

/// <summary>A superd that runs.</summary>
/// <param name="Socket">The socket of its console.</param>
/// <param name="Configuration">The path of its superd.toml; relative if its working directory is unknown.</param>
internal sealed record RunningServer(string Socket, int Pid, string Configuration);

/// <summary>Finds the superd processes that run, for a command outside their directories.</summary>
/// <remarks>
/// By the consoles in the default directories. One with a <c>control.socket</c> elsewhere is found by its command line in /proc and its
/// superd.toml.
/// </remarks>
internal static class RunningServers
{
    /// <summary>Asks every console that is found in any way, and that may be trusted.</summary>
    public static IReadOnlyList<RunningServer> FindAll(HostContext host) =>
        Ask(ControlPlaces.Directories(host.UserId).SelectMany(SocketsIn).Concat(WrittenSockets(host)));

    /// <summary>Asks every console in these directories that answers, and that may be trusted.</summary>
    public static IReadOnlyList<RunningServer> Find(IEnumerable<string> directories) =>
        Ask(directories.SelectMany(SocketsIn));

    private static IReadOnlyList<RunningServer> Ask(IEnumerable<string> sockets) =>
        [.. sockets.Distinct().Select(TryAsk).OfType<RunningServer>()];

    /// <summary>The key <c>control.socket</c> of each superd of this user and of root: the console of no other would be trusted.</summary>
    private static IEnumerable<string> WrittenSockets(HostContext host) => ProcessTable.All()
        .Where(SuperdProcess.IsTrusted)
        .Select(SuperdProcess.ConfigurationOf)
        .OfType<string>()
        .Distinct()
        .Select(file => ConfigurationLoader.FindControl(file, host)?.Socket)
        .OfType<string>();

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
