using System.Collections.Immutable;
using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>sandbox and its keys: what holds a program, and whether the rest of the service and this machine let it.</summary>
internal static class SandboxRules
{
    /// <summary>The keys that say nothing without a sandbox.</summary>
    private static readonly string[] s_dependent = ["readable", "writable", "network", "syscalls", "jail", "sandbox_best_effort"];

    /// <summary>The sandbox of a program of a service, its own or that of a rule of match; null for none.</summary>
    /// <param name="config">The service.</param>
    /// <param name="exec">The program and its arguments.</param>
    /// <param name="executable">The program's absolute path, inside the chroot if there is one.</param>
    /// <param name="argv0">What it sees itself called by.</param>
    /// <param name="process">Its process.</param>
    /// <param name="context">The load.</param>
    public static SandboxDefinition? Resolve(
        MergedConfig config,
        Written<ImmutableArray<string>> exec,
        string executable,
        string argv0,
        ProcessDefinition process,
        LoadContext context)
    {
        if (config.Pick(keys => keys.Sandbox) is not { Value: not SandboxProfile.None } written)
        {
            RejectDependentKeys(config, context);
            return null;
        }

        HandlerPrograms programs = new(process, context);
        IReadOnlyList<string> started = programs.StartedBy([executable, .. exec.Value.Skip(1)], argv0);
        SandboxProgramRules.Check(config, written, exec, started, process, context);
        bool hasNetwork = SandboxNetworkRules.Resolve(config, written, context);
        var sandbox = new SandboxDefinition
        {
            Profile = written.Value,
            Root = process.Chroot is null or "/" ? "" : process.Chroot,
            Readable = SandboxPathRules.Resolve("readable", config.Pick(keys => keys.Readable), config, process, context),
            Writable = SandboxPathRules.Resolve("writable", config.Pick(keys => keys.Writable), config, process, context),
            Own = SandboxPathRules.OwnOf(written.Value, executable, exec.Value, started, process, context),
            HasNetwork = hasNetwork,
            Jail = JailRules.Resolve(config, written, process, context),
            SystemCalls = [.. (config.Pick(keys => keys.SystemCalls)?.Value ?? []).Select(change => change.Value)],
            Missing = SandboxPromiseRules.Check(config, written, hasNetwork, context),
        };
        JailPathRules.Check(sandbox, config, exec, started, process, context);
        SandboxPathRules.WarnOfHome(sandbox, config, written, process, context);
        return context.Share(sandbox);
    }

    /// <summary><c>sandbox = "strict" (from [defaults], superd.toml:4:9)</c>.</summary>
    public static string Shown(MergedConfig config, Written<SandboxProfile> sandbox) =>
        $"sandbox = \"{sandbox.Value.Name()}\"{config.Origin(sandbox)}";

    /// <summary>Those of [defaults] wait for a service with a sandbox.</summary>
    private static void RejectDependentKeys(MergedConfig config, LoadContext context)
    {
        bool isNone = config.Service.Sandbox is { Value: SandboxProfile.None };
        if (!isNone && config.Service.MayMention("sandbox"))
        {
            return; // its value has its own message
        }

        foreach ((string key, Place place) in config.Service.WrittenKeys.Where(written => s_dependent.Contains(written.Key)))
        {
            context.Problems.Error(
                place,
                $"{key} has no meaning {(isNone ? "with sandbox = \"none\"" : "without sandbox")}: nothing holds the program; "
                + $"write sandbox = \"{(key == "jail" ? key : "basic")}\", or delete the line");
        }
    }
}
