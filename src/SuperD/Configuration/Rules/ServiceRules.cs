using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>Turns a service as written into its definition: applies the rule of each key, over the defaults.</summary>
internal static class ServiceRules
{
    /// <summary>The draft of a service; problems are reported.</summary>
    /// <param name="consoles">Where the console's socket may be; empty if there is none.</param>
    public static ServiceDraft Resolve(
        ServiceConfig service, DefaultsConfig defaults, IReadOnlyList<string> consoles, LoadContext context)
    {
        WebDefinition? web = WebRules.Expand(service, consoles, context);
        var config = new MergedConfig(service, defaults);
        RequireAddress(config, context);
        ActionRules.Check(config, context);
        BuiltinUdpRules.Check(config, context);
        (int? instances, WhenFull whenFull) = ResolveInstances(config, context);
        ImmutableArray<Written<ListenAddress>> listen = ListenRules.Resolve(config, context);
        bool isJail = config.Pick(keys => keys.Sandbox) is { Value: SandboxProfile.Jail }; // then a chroot has one message, of JailRules
        string? chroot = isJail
            ? null
            : ExecRules.ResolveChroot(config.Pick(keys => keys.Chroot), config.Pick(keys => keys.User)?.Value, context);
        ProcessDefinition process = ResolveProcess(config, chroot, context);
        SocketOwner? socketOwner = SocketFileRules.ResolveOwner(config, context);
        int socketMode = SocketFileRules.ResolveMode(config, context);
        DatagramRules.Check(config, context);
        PlaceholderRules.Check(config, context);
        bool userWritten = config.Pick(keys => keys.User) is not null;
        RedirectDefinition? redirect = RedirectRules.Resolve(config, context);
        AdmissionDefinition admission = BuiltinUdpRules.WithLimits(config, AdmissionRules.Resolve(config, context));
        admission = context.Share(admission with { Reserve = ReserveRules.Resolve(config, instances, whenFull, context) });
        string executable = service.Exec is { } exec
            ? context.Share(ExecRules.ResolveExecutable(config, exec, process, context))
            : "";
        string argv0 = context.Share(service.Argv0?.Value ?? Path.GetFileName(executable));
        var definition = new ServiceDefinition
        {
            Name = service.Name,
            SourceFile = service.File,
            Description = service.Description?.Value,
            Enabled = service.Enabled?.Value ?? true,
            Listen = [.. listen.Select(written => written.Value)],
            Redirect = redirect,
            Builtin = web is null ? service.Builtin?.Value : null,
            Web = web,
            AgentFor = service.AgentFor?.Value,
            TcpMux = service.TcpMux?.Value ?? false,
            Executable = executable,
            Argv0 = argv0,
            Arguments = service.Exec?.Value.RemoveAt(0) ?? [],
            Wait = service.Wait?.Value ?? false,
            Process = process,
            Sandbox = service.Exec is null ? null : SandboxRules.Resolve(config, service.Exec, executable, argv0, process, context),
            Instances = instances,
            WhenFull = whenFull,
            SocketMode = socketMode,
            SocketOwner = socketOwner,
            Admission = admission,
            StopGrace = config.Value(keys => keys.StopGrace, ServiceDefinition.DefaultStopGrace),
            LogExit = config.Value(keys => keys.LogExit, LogLevel.Information),
            Banner = BannerRules.Resolve(config, "banner", keys => keys.Banner, context),
            BannerSuccess = BannerRules.Resolve(config, "banner_success", keys => keys.BannerSuccess, context),
            BannerFail = BannerRules.Resolve(config, "banner_fail", keys => keys.BannerFail, context),
            Backlog = config.Value(keys => keys.Backlog, ServiceDefinition.DefaultBacklog),
            NoDelay = config.Value(keys => keys.NoDelay, false),
            KeepAlive = config.Value<TcpKeepAlive?>(keys => keys.KeepAlive, TcpKeepAlive.Default),
            UserTimeout = ResolveUserTimeout(config, context),
        };
        definition = EndingRules.Apply(definition, config, context);
        definition = definition with
        {
            Limits = service.Exec is null ? null : GroupLimitRules.Resolve(config, definition.EndsOrphans, context),
        };
        definition = MatchRules.Apply(definition, config, context);
        bool isComplete = service.Exec is not null
            || service.Builtin is not null
            || redirect is not null
            || admission.Sensor is not null;
        return new ServiceDraft(service, isComplete ? definition : null, listen, UserWritten: userWritten || service.Exec is null);
    }

    /// <summary>Reports problems of the defaults themselves, even if no service inherits them.</summary>
    public static void CheckDefaults(DefaultsConfig defaults, LoadContext context)
    {
        CredentialRules.Resolve(defaults.User, defaults.Group, defaults.Groups, context);
        ExecRules.ResolveChroot(defaults.Chroot, defaults.User?.Value, context);
        AdmissionRules.CheckDefaults(defaults, context);
        CheckPriorities(defaults.Nice, defaults.OomScoreAdjustment, defaults.Affinity, context);
        foreach (Written<ResourceLimit> limit in defaults.Limits.Values)
        {
            LimitRules.Check(limit, context);
        }

        ReadOnlySpan<(string, Written<BannerDefinition>?)> banners =
            [("banner", defaults.Banner), ("banner_success", defaults.BannerSuccess), ("banner_fail", defaults.BannerFail)];
        foreach ((string name, Written<BannerDefinition>? banner) in banners)
        {
            if (banner is not null)
            {
                BannerRules.Check(name, banner, context);
            }
        }
    }

    private static void RequireAddress(MergedConfig config, LoadContext context)
    {
        // A key with a bad value has its own message.
        bool needsNone = config.Service.TcpMux is { Value: true };
        if (config.Service.Listen is null && !needsNone && !config.Service.MayMention("listen"))
        {
            context.Problems.Error(
                config.WholeFile,
                "listen is missing: a service needs an address; add listen = 9003, with a port of your choice");
        }
    }

    private static (int? Instances, WhenFull WhenFull) ResolveInstances(MergedConfig config, LoadContext context)
    {
        ServiceConfig service = config.Service;
        if (service.Wait is { Value: true })
        {
            if (service.Instances is { Value: not 1 } several)
            {
                context.Problems.Error(
                    several.Place,
                    $"instances must be 1 with wait = true, found {several.Value}: the one program accepts all connections; "
                    + "delete the line");
            }

            if (service.WhenFull is { } full)
            {
                context.Problems.Error(
                    full.Place,
                    "when_full has no meaning with wait = true: the one program accepts all connections; delete the line");
            }

            // The values of [defaults] are for the other services.
            return (1, WhenFull.Refuse);
        }

        if (DatagramRules.IsPerPeer(config))
        {
            return DatagramRules.ResolveInstances(config, context);
        }

        bool isServedBySuperd = service.Redirect is not null || (service.Builtin is not null && !DatagramRules.IsDatagrams(config));
        int? instances = config.Pick(keys => keys.Instances)?.Value ?? (isServedBySuperd ? ServiceDefinition.DefaultConnections : null);
        Written<WhenFull>? whenFull = config.Pick(keys => keys.WhenFull);
        if (whenFull is { Value: WhenFull.Queue } && instances is null && !service.MayMention("instances"))
        {
            context.Problems.Error(
                config.Blame(whenFull),
                $"when_full = \"queue\"{config.Origin(whenFull)} needs instances: without it the service is never full; "
                + "add instances = 40, with a number of your choice");
        }

        return (instances, whenFull?.Value ?? WhenFull.Refuse);
    }

    private static ProcessDefinition ResolveProcess(MergedConfig config, string? chroot, LoadContext context)
    {
        Written<int>? nice = config.Pick(keys => keys.Nice);
        Written<int>? oomScore = config.Pick(keys => keys.OomScoreAdjustment);
        Written<ProcessorSet>? processors = config.Pick(keys => keys.Affinity);
        CheckPriorities(nice, oomScore, processors, context);
        var limits = ImmutableArray.CreateBuilder<ResourceLimit>();
        foreach (Written<ResourceLimit> limit in config.Limits())
        {
            LimitRules.Check(limit, context);
            limits.Add(limit.Value);
        }

        Written<Principal>? user = config.Pick(keys => keys.User);
        Credentials? credentials = CredentialRules.Resolve(
            user,
            config.Pick(keys => keys.Group),
            config.Pick(keys => keys.Groups),
            context);
        LimitRules.CheckProcesses(config, credentials, context);
        return context.Share(new ProcessDefinition
        {
            UserName = DynamicUserRules.IsMeant(user) ? null : user?.Value.Name,
            DynamicUser = credentials is not null && DynamicUserRules.IsMeant(user)
                ? context.Share(DynamicUserRules.SourceOf(hasOwnGroup: config.Pick(keys => keys.Group) is null, context))
                : null,
            Credentials = credentials is null ? null : context.Share(credentials),
            Capabilities = CapabilityRules.Resolve(config, context),
            Umask = config.Value(keys => keys.Umask, ProcessDefinition.DefaultUmask),
            Nice = nice?.Value,
            OomScoreAdjustment = oomScore?.Value,
            Affinity = processors is null ? null : context.Share(processors.Value),
            Directory = ExecRules.ResolveDirectory(config, chroot, context),
            Chroot = chroot,
            Environment = EnvironmentRules.Resolve(config, context),
            Limits = limits.ToImmutable(),
            Stderr = ResolveStderr(config, context),
        });
    }

    private static void CheckPriorities(Written<int>? nice, Written<int>? oomScore, Written<ProcessorSet>? processors, LoadContext context)
    {
        if (nice is not null)
        {
            LimitRules.CheckNice(nice, context);
        }

        if (oomScore is not null)
        {
            LimitRules.CheckOomScore(oomScore, context);
        }

        if (processors is not null)
        {
            LimitRules.CheckAffinity(processors, context);
        }
    }

    private static TimeSpan? ResolveUserTimeout(MergedConfig config, LoadContext context)
    {
        Written<TimeSpan>? written = config.Pick(keys => keys.UserTimeout);
        if (written is { Value.TotalMilliseconds: > int.MaxValue })
        {
            context.Problems.Error(
                config.Blame(written),
                $"user_timeout{config.Origin(written)} must be at most \"24d\", which the kernel can count; lower it");
            return null;
        }

        return DurationRules.Positive(config, written, "user_timeout", context);
    }

    private static StderrTarget ResolveStderr(MergedConfig config, LoadContext context)
    {
        Written<StderrTarget>? stderr = config.Pick(keys => keys.Stderr);
        if (stderr is not { Value: StderrTarget.Socket } || config.Service.Wait is not { Value: true })
        {
            return stderr?.Value ?? StderrTarget.Log;
        }

        if (config.Service.Stderr is not null)
        {
            context.Problems.Error(
                stderr.Place,
                "stderr = \"socket\" has no meaning with wait = true: the program gets a listening socket, which nothing can be "
                + "written to; delete the line");
        }

        return StderrTarget.Log;
    }
}
