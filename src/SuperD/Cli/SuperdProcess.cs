using System.CommandLine;
using System.Text;
using SuperD.Linux;

namespace SuperD.Cli;

/// <summary>What /proc tells of another process that may be a superd.</summary>
internal static class SuperdProcess
{
    /// <summary>More than any command line has that names a configuration.</summary>
    private const int LongestCommandLine = 64 * 1024;

    /// <summary>
    /// Whether it is a process of root's or of this user. Anybody may run a program called superd with any arguments, so another user's
    /// proves nothing by being called so.
    /// </summary>
    public static bool IsTrusted(int pid) =>
        ProcessTable.UsersOf(pid) is { Length: > 0 } users && Array.TrueForAll(users, user => user == 0 || user == UnixSocket.OwnUserId);

    /// <summary>
    /// The absolute path of its superd.toml, as it sees the file system; null if it is no superd that serves, has ended, or may not be
    /// inspected.
    /// </summary>
    /// <remarks>Reads memory of that process, which can make this hang.</remarks>
    public static string? ConfigurationOf(int pid)
    {
        if (ArgumentsOf(pid) is not { } arguments)
        {
            return null;
        }

        ParseResult parsed = CommandLine.Parse(CommandLine.BuildTree(onlyRun: true), arguments, out string? complaint);
        if (complaint is not null || parsed.CommandResult.Command is not (RootCommand or { Name: RunCommand.Name }))
        {
            return null;
        }

        string? directory = ProcessTable.DirectoryOf(pid), named = parsed.GetValue<string?>(ConfigurationOption.Name);
        return named is ['/', ..] ? Path.GetFullPath(named)
            : directory is null ? null
            : named is not null ? Path.GetFullPath(named, directory)
            : ConfigurationOption.FindUsual(directory, RootOf(pid));
    }

    /// <summary>Its root directory: the process of a container has another file at the same path.</summary>
    public static string RootOf(int pid) => $"/proc/{pid}/root";

    /// <summary>The arguments of a superd; null for any other program.</summary>
    private static string[]? ArgumentsOf(int pid)
    {
        string[] line = Encoding.UTF8.GetString(SmallFile.ReadStart($"/proc/{pid}/cmdline", LongestCommandLine)).TrimEnd('\0').Split('\0');
        return NameOf(pid) switch
        {
            "superd" => line[1..],
            "dotnet" when line.Length > 1 && Path.GetFileName(line[1]) == "superd.dll" => line[2..],
            _ => null,
        };
    }

    /// <summary>The name of its program; of a process whose program is hidden, the name that it calls itself.</summary>
    private static string NameOf(int pid) => ProcessTable.ProgramOf(pid) is { } program
        ? Path.GetFileName(program)
        : Encoding.UTF8.GetString(SmallFile.ReadStart($"/proc/{pid}/comm", length: 32)).TrimEnd('\n');
}
