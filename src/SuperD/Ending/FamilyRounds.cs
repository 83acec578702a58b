namespace SuperD.Ending;

/// <summary>Looks at the families of handlers and strangers in turn, as many as one turn of the loop has time for. Loop only.</summary>
internal sealed class FamilyRounds
{
    /// <summary>How many processes are looked at in one turn of the loop: a millisecond.</summary>
    public const int ClocksPerLook = 2048;

    /// <summary>How many processes are read from /proc in one turn of the loop: some milliseconds.</summary>
    public const int ReadsPerLook = 256;

    private readonly Queue<(ProcessOwner? Owner, Stranger? Stranger)> _next = new();

    /// <summary>Looks at the owner's family from now on, until its handler is reaped.</summary>
    public void Add(ProcessOwner owner) => _next.Enqueue((owner, null));

    /// <summary>Looks at the stranger's family from now on, until it has ended.</summary>
    public void Add(Stranger stranger) => _next.Enqueue((null, stranger));

    /// <summary>Looks at those who have waited longest.</summary>
    public void Look()
    {
        int clocks = 0;
        int reads = 0;
        for (int i = _next.Count; i > 0 && clocks < ClocksPerLook && reads < ReadsPerLook; i--)
        {
            (ProcessOwner? Owner, Stranger? Stranger) next = _next.Dequeue();
            Family? family = next switch
            {
                { Stranger: { HasEnded: false } stranger } => stranger.Family,
                { Owner: { Handler.IsReaped: false } owner } => owner.Family,
                _ => null,
            };
            if (family is not null)
            {
                clocks += family.Size;
                reads += family.Look();
                _next.Enqueue(next);
            }
        }
    }
}
