using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Launching;

/// <summary>A launch that failed, for people: the step, and why, in the words of the cause rather than of the errno alone.</summary>
/// <param name="Step">The step's name, arguments included: <c>execve</c>, <c>setgid(1234)</c>, <c>clone</c>.</param>
internal sealed record LaunchFailure(string Step, string Reason)
{
    /// <summary>The step of a launch that is not begun because its user is not the configured one any more.</summary>
    public const string UserStep = "user";

    /// <summary>Whether the errno alone misleads, so that a look at the file helps.</summary>
    public static bool IsAboutFile(LaunchError error) => (error.Step, error.Errno) == ("execve", Errno.ENOENT);

    /// <summary>Puts a failure into words.</summary>
    /// <param name="looks">Whether the file may be looked at, which takes as long as its disk likes: not on the loop.</param>
    public static LaunchFailure Describe(ServiceDefinition definition, LaunchError launchError, bool looks)
    {
        string step = launchError.Step;
        if (step == UserStep)
        {
            return new LaunchFailure(
                step, $"user '{definition.Process.UserName}' has gone or changed since the configuration was read; restore it, or reload superd");
        }

        string error = Errno.Describe(launchError.Errno);
        string call = step.Split('(')[0];
        string? cause = (call, launchError.Errno) switch
        {
            ("execve", Errno.ENOENT) => looks ? WhatIsMissing(definition) : null,
            ("execve", Errno.EACCES) => "its user may not execute it, pass a directory before it, or execute the interpreter of its #! line",
            ("execve", Errno.ENOEXEC) => "it is neither a program for this machine nor a script with a #! line",
            ("execve", Errno.EAGAIN) => "its user has as many processes as rlimit.nproc allows",
            ("setrlimit", Errno.EPERM) => "superd's own hard limit has been lowered since the configuration was read; lower rlimit to it, or restart superd",
            ("setpriority", Errno.EACCES or Errno.EPERM) => "superd may not raise the priority any more; restart superd, or raise nice",
            ("sched_setaffinity", Errno.EINVAL) => "superd may use none of these processors any more; change cpu_affinity, or superd's cpuset",
            ("clone", Errno.EAGAIN) => "the machine or superd's user has as many processes as it may",
            _ => null,
        };
        string subject = step == "execve" ? $"{definition.Executable}: " : string.Empty;
        return new LaunchFailure(step, subject + error + (cause is null ? string.Empty : $"; {cause}"));
    }

    /// <summary>ENOENT may be about the file, or about the interpreter it names.</summary>
    private static string? WhatIsMissing(ServiceDefinition definition)
    {
        string path = (definition.Process.Chroot ?? string.Empty) + definition.Executable;
        if (!File.Exists(path))
        {
            return null;
        }

        string? interpreter = ScriptInterpreter.Of(path);
        return interpreter is null
            ? "the file is there, but not the loader it is linked to"
            : $"the file is there, but not the interpreter of its #! line: {interpreter}";
    }
}
