namespace SuperD.Linux;

/// <summary>Tries once whether superd can make jails here. No setting tells: a container or a security module may refuse it.</summary>
public static class JailProbe
{
    /// <summary>The child makes some namespaces and ends; a busy kernel may take its time over the one of the network.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(10);

    private static readonly Lazy<LaunchError?> s_asRoot = new(() => Try(owner: null));
    private static readonly Lazy<LaunchError?> s_asUser = new(() => Try(new JailOwner(LibC.geteuid(), LibC.getegid())));

    /// <summary>The step that fails, and why; null if none does. The first call blocks until a child has tried: not on the loop.</summary>
    /// <param name="asRoot">Whether superd may make namespaces; otherwise it makes them in a user namespace.</param>
    public static LaunchError? FindObstacle(bool asRoot) => (asRoot ? s_asRoot : s_asUser).Value;

    private static LaunchError? Try(JailOwner? owner)
    {
        var spec = new JailSpec
        {
            Name = "probe",
            Files = [],
            Binds = [],
            Hostname = "jail",
            HasOwnNetwork = true,
            HasTmp = false,
            HasProc = false,
            Owner = owner,
        };
        return WaitedChild.Run(LaunchPlan.OfJailProbe(spec), s_longest);
    }
}
