namespace SuperD.Linux;

/// <summary>The steps of children that make a namespace of users, or act in one; see <see cref="UserNamespace"/>.</summary>
public sealed unsafe partial class LaunchPlan
{
    /// <summary>The child in whose namespace others write the users; it waits to be killed.</summary>
    internal static LaunchPlan OfUserNamespace()
    {
        var plan = new LaunchPlan { HasOwnMemory = true };
        plan.OwnDescriptors();
        plan.CloseDescriptorsFrom(0);
        plan.Add("prctl(pdeathsig)", SystemCallNumber.Prctl, PR_SET_PDEATHSIG, Signal.SIGKILL);
        plan.BecomeDumpable();
        plan.Add("unshare(user)", SystemCallNumber.Unshare, NamespaceSet.CLONE_NEWUSER);
        plan.Pause();
        return plan;
    }

    /// <summary>A program of superd's own, with /dev/null as its stdin.</summary>
    /// <param name="output">Its stdout and stderr; the caller keeps it open until the program ends.</param>
    /// <param name="users">The namespace it runs in, with these capabilities there; null = superd's own.</param>
    /// <param name="environment">Its variables, as NAME=VALUE.</param>
    internal static LaunchPlan OfOwnProgram(
        IReadOnlyList<string> command,
        Fd devNull,
        Fd output,
        NamespaceSet? users,
        CapabilitySet capabilities,
        IReadOnlyList<string> environment)
    {
        const int First = 3;
        var plan = new LaunchPlan();

        // Copies all descriptors of superd, which a launch for a client must not do.
        plan.OwnDescriptors();
        plan.Add("dup3(0)", SystemCallNumber.Dup3, devNull.Value, 0);
        plan.Add("dup3(1)", SystemCallNumber.Dup3, output.Value, 1);
        plan.Add("dup3(2)", SystemCallNumber.Dup3, output.Value, 2);
        if (users is { All: [{ } one, ..] })
        {
            plan.Add($"dup3({First})", SystemCallNumber.Dup3, one.Value, First, LibC.O_CLOEXEC);
        }

        plan.CloseDescriptorsFrom(users is null ? First : First + 1);
        plan.OwnProcessGroup();
        plan.Add("prctl(pdeathsig)", SystemCallNumber.Prctl, PR_SET_PDEATHSIG, Signal.SIGKILL);
        plan.DefaultSignals(AllSignals);
        if (users is not null)
        {
            plan.Add("setns(user)", SystemCallNumber.Setns, First, NamespaceSet.CLONE_NEWUSER);
            plan.SetCapabilities(capabilities);
        }

        plan.ClearSignalMask();
        plan.Add("execve", SystemCallNumber.Execve, plan.Text(command[0]), plan.Pointers(command), plan.Pointers(environment));
        return plan;
    }

    /// <summary>The child that becomes a user, kills all others who are it, and exits.</summary>
    /// <param name="users">The namespace that has the user; null if superd may become any.</param>
    internal static LaunchPlan OfKiller(uint user, NamespaceSet? users)
    {
        var plan = new LaunchPlan { HasOwnMemory = true }; // superd's would no longer be dumpable
        if (users is { All: [{ } one, ..] })
        {
            plan.Add("setns(user)", SystemCallNumber.Setns, one.Value, NamespaceSet.CLONE_NEWUSER);
        }

        plan.Add($"setuid({user})", SystemCallNumber.Setresuid, user, user, user);
        plan.SetCapabilities(default); // with them it would kill everybody in the namespace
        plan.Add("kill", SystemCallNumber.Kill, -1, Signal.SIGKILL);
        plan.Add("exit_group", SystemCallNumber.ExitGroup);
        return plan;
    }

    /// <summary>Makes the memory that the child shares with superd dumpable again, which the change of the user has ended.</summary>
    /// <remarks>Nobody who could trace the child has its user.</remarks>
    public void KeepDumpable() => BecomeDumpable();

    /// <summary>A copy of superd's descriptors, of all of them.</summary>
    private void OwnDescriptors()
    {
        const int CLONE_FILES = 0x400;
        Add("unshare(files)", SystemCallNumber.Unshare, CLONE_FILES);
    }
}
