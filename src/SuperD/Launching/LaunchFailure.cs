using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Launching;

/// <summary>A failed launch in words: the step, and the cause rather than the errno alone.</summary>
/// <param name="Step">The step's name with its arguments: <c>execve</c>, <c>setgid(1234)</c>, <c>clone</c>.</param>
/// <param name="Reason">The program, the error, and the cause if it is known.</param>
internal sealed record LaunchFailure(string Step, string Reason)
{
    /// <summary>The step of a launch that did not begin because its user is no longer the configured one.</summary>
    public const string UserStep = "user";

    /// <summary>The step of a launch that did not begin because all users of <c>dynamic_users</c> are taken.</summary>
    public const string DynamicUserStep = "user(dynamic)";

    /// <summary>The step of a launch that did not begin because there is no namespace of its users.</summary>
    public const string UserNamespaceStep = "user(namespace)";

    /// <summary>The step of a launch that did not begin because its sandbox could not be made, with what failed in parentheses.</summary>
    public const string SandboxStep = "sandbox";

    /// <summary>The step of a launch that did not begin because there is no cgroup with its limits.</summary>
    public const string LimitsStep = "limits";

    /// <summary>Whether the errno alone misleads, so that reading the file helps.</summary>
    public static bool IsAboutFile(LaunchError error) =>
        error.Step == "execve" && error.Errno is (Errno.ENOENT or Errno.EACCES or Errno.ENOEXEC or Errno.ENOTDIR or Errno.ELOOP);

    /// <summary>Describes a failure in words.</summary>
    /// <param name="looks">Whether to read the file. Not on the loop: a disk may take its time.</param>
    public static LaunchFailure Describe(ServiceDefinition definition, LaunchError launchError, bool looks)
    {
        string step = launchError.Step;
        if (step == UserStep)
        {
            return new LaunchFailure(
                step,
                $"user '{definition.Process.UserName}' has gone or changed since the configuration was read; restore it, or reload superd");
        }

        if (step == DynamicUserStep)
        {
            return new LaunchFailure(
                step,
                $"all users of dynamic_users = \"{definition.Process.DynamicUser?.Range}\" are taken; write a larger range in "
                + "superd.toml, or fewer instances");
        }

        if (step == UserNamespaceStep)
        {
            return new LaunchFailure(
                step,
                $"superd may not have the users {definition.Process.DynamicUser?.Range} any more; 'superd check' says why");
        }

        string error = Errno.Describe(launchError.Errno);
        string call = step.Split('(')[0];
        string? found = looks && IsAboutFile(launchError) ? WhatIsWrong(definition) : null;
        string? cause = found ?? (call, launchError.Errno) switch
        {
            ("execve", Errno.EACCES) when definition.Sandbox is { Jail: null } => WhatIsNotReadable(definition, looks),
            ("execve", Errno.ENOENT) when definition.Sandbox?.Jail is not null => WhatIsNotReadable(definition, looks),
            (SandboxStep, Errno.ELOOP) =>
                "a symbolic link where the handler may write could lead anywhere; name what it leads to in readable or writable",
            (SandboxStep, Errno.ENOENT) when step.StartsWith($"{SandboxStep}(mount(", StringComparison.Ordinal) =>
                "what it would be mounted on does not exist in the jail, or what it shows has just gone; 'superd check' says more",
            (SandboxStep, Errno.ENOENT) =>
                $"{(definition.Sandbox?.Jail is null ? "readable or writable" : "readable, writable or jail")} names it; make it again, or "
                + "change the service file and reload superd",
            (SandboxStep, Errno.EPERM) when definition.Sandbox?.Jail is not null =>
                "superd may not make a jail here any more; 'superd check' says why",
            (SandboxStep, Errno.EINVAL) when definition.Sandbox?.Jail is not null =>
                "jail.bind puts a directory in the place of a file, or a file in that of a directory; choose another path in the jail",
            (SandboxStep or "clone" or "unshare", Errno.ENOSPC) =>
                "the machine has as many namespaces or mounts as it may; see /proc/sys/user and /proc/sys/fs/mount-max",
            ("execve", Errno.EACCES) =>
                "its user may not execute it, pass a directory before it, or execute the interpreter of its #! line",
            ("execve", Errno.ENOEXEC) => "it is neither a program for this machine nor a script with a #! line",
            ("execve", Errno.EAGAIN) => "its user has as many processes as rlimit.nproc allows",
            ("setrlimit", Errno.EPERM) =>
                "superd's own hard limit has been lowered since the configuration was read; lower rlimit to it, or restart superd",
            ("setpriority", Errno.EACCES or Errno.EPERM) => "superd may not raise the priority any more; restart superd, or raise nice",
            ("sched_setaffinity", Errno.EINVAL) =>
                "superd may use none of these processors any more; change cpu_affinity, or superd's cpuset",
            (LimitsStep, _) => "superd could not make a cgroup with them; its log says why ('limit ... failed')",
            ("clone", Errno.EAGAIN) when definition.Limits?.Total.Processes is not null =>
                "the service has as many processes as limit_total allows",
            ("clone", Errno.EAGAIN) => "the machine or superd's user has as many processes as it may",
            _ => null,
        };
        string subject = step == "execve" ? $"{definition.Executable}: " : string.Empty;
        return new LaunchFailure(step, subject + error + (cause is null ? string.Empty : $"; {cause}"));
    }

    /// <summary>What the sandbox does not let the child execute: its program, its interpreter, or its loader.</summary>
    private static string WhatIsNotReadable(ServiceDefinition definition, bool looks)
    {
        const string NotAmong = "(sandbox: not among readable)";
        string other = definition.Sandbox?.Jail is null ? "its user may not execute it" : "it, or what it needs to start, does not exist";
        if (!looks || definition.Sandbox is not { } sandbox)
        {
            return $"{other} {NotAmong}";
        }

        var paths = new PathChecker();
        IEnumerable<string> interpreters =
            new ProgramChecker(paths, new NearestFile()).InterpretersOf(definition.Executable, definition.Process);
        return interpreters.Prepend(definition.Executable).FirstOrDefault(path => !SandboxFiles.Allow(sandbox, path, paths)) is { } denied
            ? $"{denied} {NotAmong}; add its directory to readable"
            : $"{other} {NotAmong}";
    }

    /// <summary>The words that <c>superd check</c> has for it, which name the component or the interpreter at fault.</summary>
    private static string? WhatIsWrong(ServiceDefinition definition)
    {
        ProcessDefinition process = definition.Process;
        string who = process.Credentials is not { UserId: var id } ? "superd"
            : process.UserName is { } name ? $"user '{name}'"
            : $"user {id}";
        return new ProgramChecker(new PathChecker(), new NearestFile()).FindFault(definition.Executable, process, who)?.ToString();
    }
}
