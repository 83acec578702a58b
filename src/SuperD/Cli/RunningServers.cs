using System.CommandLine;
using System.Text;
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
    /// <summary>The first bytes of a command line: more than any that names a configuration has.</summary>
    private const int LongestCommandLine = 64 * 1024;

    /// <summary>Asks every console that is found in any way, and that may be trusted.</summary>
    public static IReadOnlyList<RunningServer> FindAll(HostContext host) =>
        Ask(ControlPlaces.Directories(host.UserId).SelectMany(SocketsIn).Concat(WrittenSockets(host)));

    /// <summary>Asks every console in these directories that answers, and that may be trusted.</summary>
    public static IReadOnlyList<RunningServer> Find(IEnumerable<string> directories) =>
        Ask(directories.SelectMany(SocketsIn));

    private static IReadOnlyList<RunningServer> Ask(IEnumerable<string> sockets) =>
        [.. sockets.Distinct().Select(TryAsk).OfType<RunningServer>()];

    /// <summary>The key <c>control.socket</c> of each superd of this user and of root: the console of no other would be trusted.</summary>
    private static IEnumerable<string> WrittenSockets(HostContext host) => Directory.EnumerateDirectories("/proc")
        .Where(process => char.IsAsciiDigit(process[^1]) && IsTrustedSuperd(process, host))
        .Select(ConfigurationNamedBy)
        .OfType<string>()
        .Distinct()
        .Select(file => ConfigurationLoader.FindControl(file, host)?.Socket)
        .OfType<string>();

    private static bool IsTrustedSuperd(string process, HostContext host) =>
        FileStatus.TryRead(process, followLinks: false, out FileStatus status) == 0
        && (status.UserId == 0 || status.UserId == host.UserId)
        && SmallFile.ReadStart($"{process}/comm", "superd\n".Length + 1).AsSpan().SequenceEqual("superd\n"u8);

    /// <summary>
    /// The superd.toml of a process that runs superd; null if the process does something else, has ended, or its directory is hidden.
    /// </summary>
    private static string? ConfigurationNamedBy(string process)
    {
        string line = Encoding.UTF8.GetString(SmallFile.ReadStart($"{process}/cmdline", LongestCommandLine));
        string[] arguments = [.. line.Split('\0', StringSplitOptions.RemoveEmptyEntries).Skip(1)];
        ParseResult parsed = CommandLine.Parse(CommandLine.BuildTree(onlyRun: true), arguments, out string? complaint);
        if (complaint is not null || parsed.CommandResult.Command is not (RootCommand or { Name: RunCommand.Name }))
        {
            return null;
        }

        string? directory = new FileInfo($"{process}/cwd").LinkTarget, named = parsed.GetValue<string?>(ConfigurationOption.Name);
        return named is ['/', ..] ? named
            : directory is null ? null
            : named is not null ? Path.Combine(directory, named)
            : ConfigurationOption.FindUsual(directory);
    }

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
