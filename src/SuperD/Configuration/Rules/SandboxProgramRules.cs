using System.Collections.Immutable;
using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>Programs that a sandbox surely breaks: those that log people in, and those that need the privileges of their file.</summary>
internal static class SandboxProgramRules
{
    private const int SetUserId = 0b100_000_000_000, SetGroupId = 0b010_000_000_000, GroupExecute = 0b001_000;

    /// <summary>They become another user, open sessions, and start a shell that must reach that user's home.</summary>
    private static readonly string[] s_logins =
    [
        "sshd", "sshd-session", "dropbear", "login", "telnetd", "in.telnetd", "rlogind", "in.rlogind", "rshd", "in.rshd", "agetty", "getty",
        "su", "sudo", "doas", "runuser", "pkexec", "cron", "crond", "atd",
    ];

    /// <summary>Reports them.</summary>
    /// <param name="sandbox">Key <c>sandbox</c>.</param>
    /// <param name="exec">The program and its arguments, as written.</param>
    /// <param name="started">Every program that the command line starts.</param>
    public static void Check(
        MergedConfig config,
        Written<SandboxProfile> sandbox,
        Written<ImmutableArray<string>> exec,
        IReadOnlyList<string> started,
        ProcessDefinition process,
        LoadContext context)
    {
        foreach (string program in started)
        {
            if ((WhyLogin(program) ?? WhyPrivileged(program, process, context)) is { } why)
            {
                context.Problems.Error(
                    exec.Place,
                    $"exec starts {Wording.Quote(program)}, {why}: {SandboxRules.Shown(config, sandbox)} breaks it; "
                    + "write sandbox = \"none\" for this service");
                return;
            }
        }
    }

    private static string? WhyLogin(string program) => s_logins.Contains(Path.GetFileName(program))
        ? "which logs people in or works for other users, and needs their rights and their files"
        : null;

    /// <summary>Why the program does not get the privileges of its file; null if it has none, or they change nothing.</summary>
    private static string? WhyPrivileged(string program, ProcessDefinition process, LoadContext context)
    {
        const string Lost = "which no program in a sandbox gains";
        string root = process.Chroot is null or "/" ? "" : process.Chroot;
        if (!program.StartsWith('/')
            || context.Paths.Find(root, program) is not { Problem: PathProblem.None, Status: { Kind: FileKind.Regular } file } found
            || context.Programs.IsScript(root + found.Component))
        {
            return null; // the kernel takes no privileges from a script
        }

        uint group = process.Credentials?.GroupId ?? context.Host.GroupId;
        bool isSetUser = (file.Permissions & SetUserId) != 0 && file.UserId != (process.Credentials?.UserId ?? context.Host.UserId);
        bool isSetGroup = (file.Permissions & (SetGroupId | GroupExecute)) == (SetGroupId | GroupExecute) && file.GroupId != group;
        return isSetUser ? $"whose file is set-user-id and gives it the rights of user {file.UserId}, {Lost}"
            : isSetGroup ? $"whose file is set-group-id and gives it the rights of group {file.GroupId}, {Lost}"
            : FileCapabilities.Has(root + found.Component) ? $"whose file has capabilities, {Lost}"
            : null;
    }
}
