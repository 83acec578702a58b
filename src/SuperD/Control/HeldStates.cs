using System.Globalization;
using SuperD.Configuration;
using SuperD.Configuration.Keys;
using SuperD.Control.Messages;
using SuperD.Ending;
using SuperD.Linux;

namespace SuperD.Control;

/// <summary>What holds the program of a service, for the console and for <c>superd check</c>.</summary>
internal static class HeldStates
{
    /// <summary>Null for a service without a program.</summary>
    /// <param name="orphanMeans">How superd finds the processes of a handler, in words.</param>
    public static HeldState? Of(ServiceDefinition service, string orphanMeans)
    {
        if (service.Executable.Length == 0)
        {
            return null;
        }

        ProcessDefinition process = service.Process;
        SandboxDefinition? sandbox = service.Sandbox;
        return new HeldState(
            process.DynamicUser is not null ? DynamicUserDefinition.Word
                : process.UserName ?? (process.UserId == 0 ? "root" : process.UserId.ToString(CultureInfo.InvariantCulture)),
            process.Chroot,
            process.Capabilities is { } capabilities ? [.. capabilities.Names] : null,
            (sandbox?.Profile ?? SandboxProfile.None).Name(),
            sandbox?.Readable.Length ?? 0,
            sandbox?.Writable.Length ?? 0,
            sandbox?.HasNetwork ?? true,
            [.. process.Limits.Select(limit => KeyTable.NameOf(limit.Resource))],
            ProcessTreesChoice.UsesCgroups(orphanMeans),
            MissingOf(sandbox?.Missing ?? SandboxPromises.None))
        {
            SharesProcesses = sandbox?.Jail is { HasOwnPids: false },
            Limit = StateOf(service.Limits?.Each),
            LimitTotal = StateOf(service.Limits?.Total),
            MissingLimits = service.Limits is { Missing: not CgroupControllers.None and var missing }
                ? [.. GroupLimits.KeysOf(missing)]
                : null,
        };
    }

    /// <summary>What holds the program of each service that would run, by the service's name, in the order of the services.</summary>
    public static OrderedDictionary<string, HeldState> OfAll(IEnumerable<ServiceDefinition> services, string orphanMeans)
    {
        var all = new OrderedDictionary<string, HeldState>(StringComparer.Ordinal);
        foreach (ServiceDefinition service in services.Where(service => service.Enabled))
        {
            if (Of(service, orphanMeans) is { } held)
            {
                all.Add(service.Name, held);
            }
        }

        return all;
    }

    private static GroupLimitsState? StateOf(GroupLimits? limits) => limits is null || limits == GroupLimits.None
        ? null
        : new GroupLimitsState(limits.Memory, limits.Processes, limits.Cpu, limits.Io);

    private static string[]? MissingOf(SandboxPromises missing)
    {
        (SandboxPromises Promise, string Name)[] names =
            [(SandboxPromises.Files, "files"), (SandboxPromises.SystemCalls, "syscalls"), (SandboxPromises.Network, "network")];
        return missing == SandboxPromises.None
            ? null
            : [.. names.Where(one => missing.HasFlag(one.Promise)).Select(one => one.Name)];
    }
}
