namespace SuperD.Linux;

/// <summary>The steps that leave a child some capabilities, or none.</summary>
public sealed unsafe partial class LaunchPlan
{
    private const int PR_SET_KEEPCAPS = 8;
    private const int PR_CAPBSET_DROP = 24;
    private const int PR_CAP_AMBIENT_RAISE = 2;
    private const uint CapabilityVersion = 0x20080522; // _LINUX_CAPABILITY_VERSION_3

    /// <summary>Takes all others out of the bounding set, so that no program the child executes can have them. Needs CAP_SETPCAP.</summary>
    /// <remarks>Must come before the credentials. It takes a call for each, so only where set-user-id programs have an effect.</remarks>
    public void BoundCapabilities(CapabilitySet kept)
    {
        foreach (int number in CapabilitySet.Bounding.Except(kept).Numbers)
        {
            Add($"prctl(drop capability {number})", SystemCallNumber.Prctl, PR_CAPBSET_DROP, number);
        }
    }

    /// <summary>The credentials, which must follow, take no capability away; <see cref="SetCapabilities"/> must follow them.</summary>
    public void KeepCapabilities() => Add("prctl(keep capabilities)", SystemCallNumber.Prctl, PR_SET_KEEPCAPS, 1);

    /// <summary>Drops all capabilities but these, of root too, and lets the program have these. After the credentials.</summary>
    /// <remarks>
    /// They are ambient, because a program whose file has no capabilities inherits no others. Without new privileges execve(2) adds none to
    /// those a process has (cap_bprm_creds_from_file), so none ever come back, and the bounding set has no power left.
    /// </remarks>
    public void SetCapabilities(CapabilitySet capabilities)
    {
        nint header = Allocate(2 * sizeof(uint)); // version, pid 0
        *(uint*)header = CapabilityVersion;
        nint sets = Allocate(2 * 3 * sizeof(uint)); // effective, permitted, inheritable of the first 32, and of the others
        for (int i = 0; i < 3; i++)
        {
            ((uint*)sets)[i] = (uint)capabilities.Bits;
            ((uint*)sets)[3 + i] = (uint)(capabilities.Bits >> 32);
        }

        Add("capset", SystemCallNumber.Capset, header, sets);
        foreach (int number in capabilities.Numbers)
        {
            Add($"prctl(ambient capability {number})", SystemCallNumber.Prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number);
        }
    }
}
