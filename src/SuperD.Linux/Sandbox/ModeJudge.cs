namespace SuperD.Linux;

/// <summary>Says what the modes of files refuse to the caller of a system call. Looks at paths; any thread.</summary>
internal sealed class ModeJudge
{
    /// <summary>Here other things decide: whose process it is, what a driver says.</summary>
    private static readonly string[] s_outside = ["/proc", "/sys", "/dev"];

    private readonly Credentials? _user;
    private readonly FileUse _allowed;

    /// <summary>Not kept: what a file's mode is may change while the handler runs.</summary>
    private readonly PathChecker _paths = new() { IsRootPowerless = true };

    private ModeJudge(Credentials? user, FileUse allowed) => (_user, _allowed) = (user, allowed);

    /// <summary>The judge for a call's thread as it is now.</summary>
    public static ModeJudge Of(SystemCallNotification call)
    {
        if (ProcessTable.IdentityOf(call.Thread) is not { } caller)
        {
            return new ModeJudge(null, FileUse.None);
        }

        bool Has(string name) => CapabilitySet.TryFind(name, out CapabilitySet one) && one.Except(caller.Capabilities).IsEmpty;
        FileUse allowed = Has("dac_override") ? FileUse.Read | FileUse.Write
            : Has("dac_read_search") ? FileUse.Read
            : FileUse.None;
        return new ModeJudge(caller.User, allowed);
    }

    /// <summary>What refuses this use of a path; null when nothing does, or nobody knows.</summary>
    /// <param name="path">Absolute, without links, as superd sees it.</param>
    public PathCheck? FindDenial(string path, FileUse use) =>
        _user is { } user && _allowed == FileUse.None && !s_outside.Any(place => PathChecker.IsIn(path, place))
            && _paths.CheckUse("", path, user, use) is { Problem: PathProblem.Denied } denial
            ? denial
            : null;
}
