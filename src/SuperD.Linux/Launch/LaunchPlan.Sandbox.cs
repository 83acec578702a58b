namespace SuperD.Linux;

/// <summary>The steps of a sandbox.</summary>
/// <remarks>
/// In this order: <see cref="DropNewPrivileges"/>, which the others need; all steps that need a privilege, a file or the full set of
/// system calls; <see cref="SetCapabilities"/>; <see cref="Restrict"/>; <see cref="FilterSystemCalls"/>; the last three steps of any plan.
/// The filter is last because it would have to allow what the other steps do, and each of them would have to pass through it.
/// </remarks>
public sealed unsafe partial class LaunchPlan
{
    private const int PR_SET_NO_NEW_PRIVS = 38;
    private const int SECCOMP_SET_MODE_FILTER = 1;
    private const int SECCOMP_FILTER_FLAG_NEW_LISTENER = 8;

    /// <summary>The ruleset of <see cref="PlaceRuleset"/>; the plan keeps it open.</summary>
    internal LandlockRuleset? Ruleset { get; private set; }

    /// <summary>No program the child executes gives it new privileges: no set-user-id, no capabilities of a file or of root.</summary>
    public void DropNewPrivileges() => Add("prctl(no_new_privs)", SystemCallNumber.Prctl, PR_SET_NO_NEW_PRIVS, 1);

    /// <summary>Places the ruleset at a descriptor number, close-on-exec, for <see cref="Restrict"/>.</summary>
    /// <remarks>Must come after <see cref="UnshareDescriptors"/> and before <see cref="CloseDescriptorsFrom"/> a higher number.</remarks>
    public void PlaceRuleset(LandlockRuleset ruleset, int descriptor)
    {
        Ruleset = ruleset;
        Add($"dup3(ruleset, {descriptor})", SystemCallNumber.Dup3, (0, LaunchValue.RulesetSlot), a1: descriptor, a2: LibC.O_CLOEXEC);
    }

    /// <summary>Restricts the child to the ruleset at a descriptor, see <see cref="PlaceRuleset"/>.</summary>
    /// <remarks>Must come after all steps that open a file or mount. A new root, directory or user may come before or after it.</remarks>
    public void Restrict(int descriptor) => Add("landlock_restrict_self", SystemCallNumber.LandlockRestrictSelf, descriptor);

    /// <summary>Filters the child's system calls. Only the steps from <see cref="ClearSignalMask"/> on may follow.</summary>
    /// <remarks>
    /// If the filter notifies, the listener is at the child's lowest free descriptor until execve, which waits for superd; see
    /// <see cref="SystemCallNotifications"/>.
    /// </remarks>
    public void FilterSystemCalls(SystemCallFilter filter)
    {
        ReadOnlySpan<ulong> instructions = filter.Instructions.AsSpan();
        nint copy = Allocate(instructions.Length * sizeof(ulong));
        instructions.CopyTo(new Span<ulong>((void*)copy, instructions.Length));
        nint program = Allocate(2 * sizeof(nint)); // struct sock_fprog: a length of 16 bits, a pointer
        *(ushort*)program = checked((ushort)instructions.Length);
        ((nint*)program)[1] = copy;
        int flags = filter.Notifies ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
        Add("seccomp", SystemCallNumber.Seccomp, SECCOMP_SET_MODE_FILTER, flags, program);
    }
}
