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

    /// <summary>The process that was found; null for none.</summary>
    public int? Pid { get; private set; }

    /// <summary>What to do about it.</summary>
    public string Explain(string? given) =>
        $"superd pid {Pid} runs with this configuration; superd reload{ConfigurationOption.Again(given)}, or stop it first";

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

    /// <summary>The addresses in use, each with its holder, if this user may see it and it is no superd with this configuration.</summary>
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
            where holder.Processes.Count > 0 && !holder.Processes.Any(pid => pid == 1 || HasConfiguration(pid, configuration))
            select (service, holder);
    }

    private static ListenAddress[] AddressesOf(ServerDefinition definition) =>
        [.. definition.Services.Where(service => service.Enabled).SelectMany(service => service.Listen)];

    private bool Is(AddressHolder holder)
    {
        foreach (int pid in holder.Processes.Where(pid => pid != Environment.ProcessId))
        {
            if (HasConfiguration(pid, configuration) && !IsEnding(pid))
            {
                Pid = pid;
                return true;
            }
        }

        return false;
    }

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

    /// <summary>Whether a process is superd with this superd.toml.</summary>
    private static bool HasConfiguration(int pid, string configuration)
    {
        bool isSame = false;
        var look = new Thread(() => isSame = ConfigurationOf(pid) is { } file
            && FileIdentity.OfTarget(file) is var identity && identity != default
            && identity == FileIdentity.OfTarget(configuration)) { IsBackground = true, Name = "rival" };
        look.Start();
        return look.Join(s_patience) && isSame;
    }

    /// <summary>The superd.toml of a process, as it is seen from here; null if it is no superd that serves.</summary>
    private static string? ConfigurationOf(int pid)
    {
        string program = Path.GetFileName(ProcessTable.ProgramOf(pid) ?? string.Empty);
        string[] line = SmallFile.Read($"/proc/{pid}/cmdline", MostArgumentBytes) is { IsGood: true } read
            ? Encoding.UTF8.GetString(read.Bytes).TrimEnd('\0').Split('\0')
            : [];
        string[]? arguments = program == "superd" ? line[1..]
            : program == "dotnet" && line.Length > 1 && Path.GetFileName(line[1]) == "superd.dll" ? line[2..]
            : null;
        if (arguments is null)
        {
            return null;
        }

        string root = $"/proc/{pid}/root";
        string? directory = ProcessTable.DirectoryOf(pid);
        return ConfigurationOption.GivenIn(arguments) is { } given
            ? (Path.IsPathRooted(given) || directory is not null ? root + Path.Combine(directory ?? "/", given) : null)
            : Array.Find(ConfigurationOption.Usual(directory ?? "/"), usual => Path.Exists(root + usual)) is { } found
                ? root + found
                : null;
    }
}
