using System.Text;
using SuperD.Configuration;
using SuperD.Control;
using SuperD.Control.Messages;
using SuperD.Linux;
using SuperD.Listening;

namespace SuperD.Cli;

/// <summary>Another superd that runs with the same configuration and has addresses of it, so that this one must not start.</summary>
/// <remarks>
/// Before the start all addresses are looked at together. Of two that start at once, both may find them free: they bind in the same order,
/// so the one that fails at an address asks again, about that address, and finds the other there.
/// </remarks>
internal sealed class RivalServer(string configuration, ServerDefinition definition)
{
    private const int MostArgumentBytes = 64 * 1024;

    /// <summary>How long a process may take to say who it is: its arguments are in its own memory, which it can make slow.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private readonly HashSet<ListenAddress> _others = [];

    /// <summary>The process that was found, and the absolute path it calls its superd.toml; the default for none.</summary>
    private (int Pid, string? Configuration) _found;

    /// <summary>Who it is, and what to do. Its console is found by the path that it was started with.</summary>
    /// <param name="given">The superd.toml as this superd was given it; null for the usual one.</param>
    public string Explain(string? given)
    {
        string? file = _found.Configuration == Path.GetFullPath(configuration) ? given : _found.Configuration;
        return $"superd pid {_found.Pid} runs with this configuration; "
            + $"superd reload{ConfigurationOption.Again(file)}, or stop it first";
    }

    /// <summary>Looks for it at all addresses of the configuration.</summary>
    public bool IsThere()
    {
        foreach ((ListenAddress address, AddressHolder holder) in AddressHolder.Find(AddressesOf(definition), areInUse: false))
        {
            if (Is(holder))
            {
                return true;
            }

            _others.Add(address);
        }

        return false;
    }

    /// <summary>Looks for it at an address that cannot be bound.</summary>
    public bool IsAt(ListenAddress address) =>
        !_others.Contains(address)
        && AddressHolder.Find([address], areInUse: true).GetValueOrDefault(address) is { } holder
        && Is(holder);

    /// <summary>The addresses in use and their holders, as far as this user sees them and they are no superd with this file.</summary>
    public static IEnumerable<(ServiceDefinition Service, AddressHolder Holder)> FindStrangers(
        string configuration, ServerDefinition definition)
    {
        IReadOnlyDictionary<ListenAddress, AddressHolder> holders = AddressHolder.Find(AddressesOf(definition), areInUse: false);
        return
            from service in definition.Services
            where service.Enabled
            from address in service.Listen
            where holders.ContainsKey(address)
            let holder = holders[address]
            where holder.Processes.Count > 0
            where !holder.Processes.Any(pid => pid == 1 || SameConfigurationOf(pid, configuration) is not null) // 1: it passes sockets
            select (service, holder);
    }

    private static ListenAddress[] AddressesOf(ServerDefinition definition) =>
        [.. definition.Services.Where(service => service.Enabled).SelectMany(service => service.Listen)];

    private bool Is(AddressHolder holder)
    {
        foreach (int pid in holder.Processes.Where(pid => pid != Environment.ProcessId && IsTrusted(pid)))
        {
            if (SameConfigurationOf(pid, configuration) is { } file && !IsEnding(pid))
            {
                _found = (pid, file);
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Whether it is a process of root's or of this user. Anybody may run a program called superd with any arguments; of another user it is
    /// one that has the port, like any other, and must not keep this superd from serving the rest.
    /// </summary>
    private static bool IsTrusted(int pid) =>
        ProcessTable.UsersOf(pid) is { Length: > 0 } users && Array.TrueForAll(users, user => user == 0 || user == UnixSocket.OwnUserId);

    /// <summary>A superd that is ending frees its addresses by itself. One that does not answer has perhaps just begun.</summary>
    private bool IsEnding(int pid)
    {
        if (!definition.Control.Enabled)
        {
            return false;
        }

        IReadOnlyList<string> sockets = definition.Control.Socket is { } written
            ? [written]
            : ControlPlaces.Candidates(configuration, UnixSocket.OwnUserId);
        using ConsoleClient? console = ConsoleClient.TryConnect(sockets, configuration, forPeople: true, TextWriter.Null, out _);
        console?.WaitFor(s_patience);
        try
        {
            return console?.TryAsk(new ControlRequest { Command = ControlCommands.Status }, out ControlReply reply) == true
                && reply.Server is { Phase: not "serving" } server
                && server.Pid == pid;
        }
        catch (ConsoleFailure)
        {
            return false;
        }
    }

    /// <summary>The path of this superd.toml as another superd has it; null if that process is no superd with this file.</summary>
    private static string? SameConfigurationOf(int pid, string configuration)
    {
        string? same = null;
        var look = new Thread(() =>
        {
            // Through its root directory: a container has another file at the same path.
            FileIdentity own = FileIdentity.OfTarget(configuration);
            same = ConfigurationOf(pid) is { } file && own != default && FileIdentity.OfTarget(RootOf(pid) + file) == own ? file : null;
        }) { IsBackground = true, Name = "rival" };
        look.Start();
        return look.Join(s_patience) ? same : null;
    }

    /// <summary>The absolute path of a process's superd.toml; null if it is no superd that serves.</summary>
    private static string? ConfigurationOf(int pid)
    {
        string program = Path.GetFileName(ProcessTable.ProgramOf(pid) ?? string.Empty);
        string[] line = SmallFile.Read($"/proc/{pid}/cmdline", MostArgumentBytes) is { IsGood: true } read
            ? Encoding.UTF8.GetString(read.Bytes).TrimEnd('\0').Split('\0')
            : [];
        string[]? arguments = program == "superd" ? line[Math.Min(1, line.Length)..]
            : program == "dotnet" && line.Length > 1 && Path.GetFileName(line[1]) == "superd.dll" ? line[2..]
            : null;
        if (arguments is null || ProcessTable.DirectoryOf(pid) is not { } directory)
        {
            return null;
        }

        return ConfigurationOption.GivenIn(arguments) is { } given
            ? Path.GetFullPath(given, directory)
            : Array.Find(ConfigurationOption.Usual(directory), usual => Path.Exists(RootOf(pid) + usual));
    }

    private static string RootOf(int pid) => $"/proc/{pid}/root";
}
