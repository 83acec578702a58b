using System.Runtime.CompilerServices;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Launching;

/// <summary>Turns a service's definition into the steps its handlers go through between clone and execve.</summary>
/// <param name="inherited">What superd inherited from its parent and handlers must not.</param>
/// <param name="clearsHandlers">See <see cref="ProcessLauncher.ClearsHandlers"/>.</param>
/// <param name="needsSessions">Whether superd identifies handlers' processes by their sessions.</param>
internal sealed class LaunchPlanner(InheritedState inherited, bool clearsHandlers, bool needsSessions)
{
    /// <summary>For handlers with a user of their own and no sandbox.</summary>
    private static readonly Lazy<SystemCallFilter> s_noSetIds = new(() => SystemCallFilter.Compile(SystemCallPolicy.NoSetIds));

    /// <summary>Plans of definitions that rules of <c>match</c> have changed, and of definitions from before a reload.</summary>
    private readonly ConditionalWeakTable<ServiceDefinition, LaunchPlan> _others = [];

    /// <summary>Returns the plan of a connection's definition, made at its first launch. Loop only.</summary>
    /// <param name="sandbox">That of the definition; null if it has none.</param>
    /// <param name="users">That of its users; null if superd needs none to become one of them.</param>
    public LaunchPlan PlanFor(Connection connection, Sandbox? sandbox = null, NamespaceSet? users = null)
    {
        Service service = connection.Service;
        return sandbox is not null ? sandbox.PlanFor(connection.Definition, (definition, present) => Plan(definition, present, users))
            : ReferenceEquals(connection.Definition, service.Definition) ? service.LaunchPlan ??= Plan(service.Definition, null, users)
            : _others.GetValue(connection.Definition, definition => Plan(definition, null, users));
    }

    /// <summary>The steps, in the one order that works.</summary>
    private LaunchPlan Plan(ServiceDefinition definition, Sandbox? sandbox, NamespaceSet? users)
    {
        if (definition.Sandbox is not null && sandbox is null)
        {
            throw new InvalidOperationException($"the handler of '{definition.Name}' would run without its sandbox");
        }

        ProcessDefinition process = definition.Process;
        int fixedArguments = HandlerTexts.CountFixed(definition);
        bool hasMoreArguments = fixedArguments < definition.Arguments.Length;
        bool hasMoreVariables = process.Environment.Any(variable => LaunchText.IsPartial(variable.Value));
        var plan = new LaunchPlan { IsPartial = hasMoreArguments || hasMoreVariables };
        foreach ((string name, string value) in process.Environment)
        {
            if (!hasMoreVariables || !LaunchText.IsPartial(value))
            {
                plan.SetEnvironment(name, value);
            }
        }

        // Before execve a child counts as large as superd, and the kernel would choose it when memory runs out in its group; it kills all
        // who share the memory, so that superd would die of a limit of its service.
        if (definition.Limits is { Each.Memory: not null } or { Total.Memory: not null })
        {
            plan.HasOwnMemory = true;
        }

        // 1. Descriptors. First leave superd's own table; then place 0, 1, 2 (and 3 for a wait service), and nothing else.
        plan.UnshareDescriptors();
        plan.PlaceSocket(0);
        plan.PlaceSocket(1);
        if (process.Stderr == StderrTarget.Socket)
        {
            plan.PlaceSocket(2);
        }
        else
        {
            plan.PlaceStderr();
        }

        int free = 3;
        if (definition.Wait)
        {
            plan.PlaceSocket(free++);
        }

        int ruleset = free;
        if (sandbox?.Ruleset is { } files)
        {
            plan.PlaceRuleset(files, free++);
        }

        int namespaces = free;
        NamespaceSet? entered = sandbox?.Jail?.Namespaces ?? users; // a jail of such users is in their namespace
        if (entered is not null)
        {
            free = plan.PlaceNamespaces(entered, free);
        }

        plan.CloseDescriptorsFrom(free);

        // 2. A process group of its own, so that it can be signalled as one. A session only if superd has a terminal, or if sessions
        //    identify processes: each session is a scheduling group of its own (autogroup), and that hurts the slowest connections.
        //    A handler with a user of its own gets one too: a process may send CONT to everything in its session.
        if (needsSessions || inherited.HasControllingTerminal || process.DynamicUser is not null)
        {
            plan.OwnSession();
        }
        else
        {
            plan.OwnProcessGroup();
        }

        // 3. Signals. Those that superd ignores (.NET ignores SIGPIPE) would stay ignored in the handler.
        plan.DefaultSignals(clearsHandlers ? inherited.IgnoredSignals : LaunchPlan.AllSignals);

        // 4. Limits and priority, while the child may still have the privilege to raise them. Only what differs from superd's own takes a
        //    step.
        if (!process.Limits.Any(limit => limit.Resource == Resource.OpenFiles))
        {
            plan.RestoreOpenFiles(inherited.SoftOpenFiles, inherited.HardOpenFiles);
        }

        foreach (ResourceLimit limit in process.Limits)
        {
            plan.SetLimit(limit);
        }

        if (inherited.SoundPersonality is { } personality)
        {
            plan.SetPersonality(personality);
        }

        if (inherited.HasOtherScheduling)
        {
            plan.OrdinaryScheduling();
        }

        if (process.Affinity is { } processors)
        {
            plan.SetAffinity(processors);
        }

        // A superd that is protected from the OOM killer does not pass the protection on. A superd that is marked as an early victim does:
        // without CAP_SYS_RESOURCE it cannot undo the mark.
        int oomScore = process.OomScoreAdjustment ?? Math.Max(0, inherited.OomScoreAdjustment ?? 0);
        if (oomScore != (inherited.OomScoreAdjustment ?? 0))
        {
            plan.SetOomScore(oomScore, descriptor: free, becomesDumpable: !inherited.IsRoot);
        }

        if (process.Nice is { } nice)
        {
            plan.SetNice(nice);
        }

        plan.SetUmask(process.Umask);

        // 5. The file system. LISTEN_PID needs /proc, so it comes before a new root.
        JailDefinition? jail = definition.Sandbox?.Jail;
        if (definition.Wait && jail is { HasOwnPids: true })
        {
            plan.SetEnvironment("LISTEN_PID", "1"); // /proc would tell the pid that superd sees
        }
        else if (definition.Wait)
        {
            plan.SetListenPid();
        }

        if (jail is not null)
        {
            EnterJail(plan, jail, namespaces);
        }

        if (process.Chroot is { } root)
        {
            plan.ChangeRoot(root);
        }

        if (process is not { Chroot: null, Directory: "/" } || (jail is null && !inherited.IsInRootDirectory))
        {
            plan.ChangeDirectory(process.Directory);
        }

        // 6. Credentials and capabilities, late: a process of the same user could otherwise signal the child while it shares superd's
        //    memory. Whether superd is root does not matter: capabilities suffice, and a user that cannot be set must fail the launch.
        CapabilitySet capabilities = process.Capabilities ?? default;
        if (process.Capabilities is not null && sandbox is null)
        {
            plan.BoundCapabilities(capabilities);
        }

        if (users is not null && jail is null)
        {
            plan.EnterNamespaces(namespaces);
        }

        if (process.Credentials is { } credentials)
        {
            if (!capabilities.IsEmpty)
            {
                plan.KeepCapabilities();
            }

            if (process.DynamicUser is null && inherited.NeedsKeyrings)
            {
                plan.OwnKeyring(); // as root, who may have many
            }

            if (process.DynamicUser is { } dynamic)
            {
                plan.SetDynamicCredentials(credentials, dynamic.HasOwnGroup);
                if (users is not null && !inherited.IsRoot)
                {
                    plan.KeepDumpable();
                }

                plan.OwnKeyring();
            }
            else
            {
                plan.SetCredentials(credentials);
            }
        }

        if (inherited.HasAmbientCapabilities)
        {
            plan.DropAmbientCapabilities();
        }

        // 7. The sandbox, when nothing is left to open; its filter last, because it would deny calls that other steps make.
        bool leavesNoSetIds = sandbox is null && process.DynamicUser is not null;
        if (sandbox is not null || leavesNoSetIds)
        {
            plan.DropNewPrivileges();
        }

        if (sandbox is not null || process.Capabilities is not null || users is not null)
        {
            plan.SetCapabilities(capabilities); // a user namespace has given it all of them
        }

        if (sandbox is not null)
        {
            if (sandbox.Ruleset is not null)
            {
                plan.Restrict(ruleset);
            }

            if (sandbox.Filter is { } filter)
            {
                plan.FilterSystemCalls(filter);
            }
        }
        else if (leavesNoSetIds)
        {
            plan.FilterSystemCalls(s_noSetIds.Value); // it would outlive its user, wherever it is, and be the next one's
        }

        // 8. Execute.
        plan.ClearSignalMask();
        plan.TakeTime();
        string[] arguments = [definition.Argv0, .. definition.Arguments.Take(fixedArguments)];
        if (hasMoreArguments)
        {
            plan.ExecuteWithMore(definition.Executable, arguments);
        }
        else
        {
            plan.Execute(definition.Executable, arguments);
        }

        return plan;
    }

    /// <summary>The namespaces of the service, and in them what the connection has for itself.</summary>
    private static void EnterJail(LaunchPlan plan, JailDefinition jail, int namespaces)
    {
        plan.EnterNamespaces(namespaces);
        bool hasOwnProc = jail is { HasProc: true, HasOwnPids: true };
        if (jail.Tmp > 0 || hasOwnProc)
        {
            plan.OwnMounts();
        }

        if (jail.Tmp > 0)
        {
            plan.MountTmp(jail.Tmp);
        }

        if (jail.HasOwnPids)
        {
            plan.NewPidNamespace();
        }

        if (hasOwnProc)
        {
            plan.MountProc();
        }
    }
}
