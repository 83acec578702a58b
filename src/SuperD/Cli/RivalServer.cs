using SuperD.Configuration;
using SuperD.Control;
using SuperD.Control.Messages;
using SuperD.Linux;
using SuperD.Listening;

namespace SuperD.Cli;

/// <summary>Another superd that runs with the same configuration and has addresses of it, so that this one must not start.</summary>
/// <remarks>
/// Before the start all addresses are looked at together. Of two that start at once, both may find them free: they bind in the same order,
/// so one of them fails at an address. It asks again about that address, and finds the other there.
/// </remarks>
internal sealed class RivalServer(string configuration, ServerDefinition definition)
{
    /// <summary>How long a process may take to say who it is: its arguments are in its own memory, which it can make slow.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    /// <summary>See <see cref="ServerState.Phase"/>.</summary>
    private const string Serving = "serving";

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

    /// <summary>Looks for it at all addresses of the configuration, and at the console.</summary>
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

        // Its addresses may be others: of files that were edited since, or ports that the kernel chose.
        return FindPid() is not null;
    }

    /// <summary>Its pid, as its console says; null if there is none.</summary>
    public int? FindPid() =>
        AskConsole() is { Phase: Serving } server && IsInSameNetwork(server.Pid) && IsRival(server.Pid) ? server.Pid : null;

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
        foreach (int pid in holder.Processes)
        {
            if (IsRival(pid) && !IsEnding(pid))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsRival(int pid)
    {
        if (pid == Environment.ProcessId || !SuperdProcess.IsTrusted(pid) || SameConfigurationOf(pid, configuration) is not { } file)
        {
            return false;
        }

        _found = (pid, file);
        return true;
    }

    /// <summary>In another network namespace it does not meet this superd.</summary>
    private static bool IsInSameNetwork(int pid) =>
        FileIdentity.OfTarget($"/proc/{pid}/ns/net") == FileIdentity.OfTarget("/proc/self/ns/net");

    /// <summary>A superd that is ending frees its addresses by itself. One that does not answer has perhaps just begun.</summary>
    private bool IsEnding(int pid) => AskConsole() is { Phase: not Serving } server && server.Pid == pid;

    /// <summary>The superd that answers at this configuration's console; null for none.</summary>
    private ServerState? AskConsole()
    {
        if (!definition.Control.Enabled)
        {
            return null;
        }

        IReadOnlyList<string> sockets = definition.Control.Socket is { } written
            ? [written]
            : ControlPlaces.Candidates(configuration, UnixSocket.OwnUserId);
        using ConsoleClient? console = ConsoleClient.TryConnect(sockets, configuration, forPeople: true, TextWriter.Null, out _);
        console?.WaitFor(s_patience);
        try
        {
            return console?.TryAsk(new ControlRequest { Command = ControlCommands.Status }, out ControlReply reply) == true
                ? reply.Server
                : null;
        }
        catch (ConsoleFailure)
        {
            return null;
        }
    }

    /// <summary>The path of this superd.toml as another superd has it; null if that process is no superd with this file.</summary>
    private static string? SameConfigurationOf(int pid, string configuration)
    {
        string? same = null;
        var look = new Thread(() =>
        {
            FileIdentity own = FileIdentity.OfTarget(configuration);
            string? file = SuperdProcess.ConfigurationOf(pid);
            bool isSame = own != default && file is not null && FileIdentity.OfTarget(SuperdProcess.RootOf(pid) + file) == own;
            same = isSame ? file : null;
        }) { IsBackground = true, Name = "rival" };
        look.Start();
        return look.Join(s_patience) ? same : null;
    }
}
