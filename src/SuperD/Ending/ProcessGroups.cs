using SuperD.Services;

namespace SuperD.Ending;

/// <summary>The last resort, without cgroups or a subreaper: knows only a handler's process group, as xinetd does.</summary>
internal sealed class ProcessGroups : ProcessTrees
{
    /// <summary>The text of <see cref="Means"/>.</summary>
    public const string Name = "process group only: what leaves its group lives on";

    public override string Means => Name;

    public override TreesHandover HandOver(KeptDescriptors kept) => new();

    public override bool IsGone(Handler handler) => true;

    public override int Signal(Handler handler, int signal)
    {
        if (!handler.IsReaped)
        {
            handler.Signal(signal);
        }

        return 0;
    }
}
