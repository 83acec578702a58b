using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>
/// Works without cgroups and without privilege: superd becomes the parent of every orphaned descendant, and the kernel tells whose it is.
/// </summary>
internal sealed class SubreaperTrees(Descendants descendants) : ProcessTrees
{
    /// <summary>The text of <see cref="Means"/>.</summary>
    public const string Name = "child subreaper, by session and descent";

    public override string Means => Name;

    public override bool NeedsSessions => true;

    public override int Descriptors => Descendants.Descriptors;

    public override int Orphans => descendants.Orphans;

    public override TreesHandover HandOver(KeptDescriptors kept) => new() { IsSubreaper = true, Strangers = descendants.HandOver() };

    public override void Inherit(Handler handler, string? cgroup, CgroupEvents before) => descendants.Adopt(handler);

    public override void Enter(Connection connection) => descendants.Enter(connection);

    public override void OnLaunched(Handler handler) => descendants.OnLaunched(handler);

    public override void OnGrown(Handler handler) => descendants.OnGrown(handler);

    public override CgroupEvents Leave(Connection connection)
    {
        descendants.Leave(connection);
        return default;
    }

    public override bool IsKnownGone(Handler handler) => descendants.IsGone(handler);

    public override bool IsGone(Handler handler) => descendants.IsGone(handler);

    public override int Signal(Handler handler, int signal)
    {
        int count = handler.Definition.EndsOrphans ? Processes.Signal(() => descendants.Find(handler), signal) : 0;
        if (count == 0 && !handler.IsReaped)
        {
            handler.Signal(signal); // the service keeps its orphans, or /proc was unreadable
        }

        return count;
    }

    public override void KillOrphans() => descendants.KillOrphans();

    public override void Dispose() => descendants.Dispose();
}
