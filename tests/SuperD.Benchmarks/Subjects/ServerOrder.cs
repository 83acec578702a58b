namespace SuperD.Benchmarks.Subjects;

/// <summary>What a server shall do, in words all of them have.</summary>
internal sealed record ServerOrder
{
    /// <summary>The ports of 127.0.0.1 to listen on, each a service of its own; the first is the one that is measured.</summary>
    public required int[] Ports { get; init; }

    /// <summary>True: nobody may connect.</summary>
    public bool Denies { get; init; }

    /// <summary>Instead of a handler: the port of 127.0.0.1 connections are passed on to.</summary>
    public int? RedirectTo { get; init; }

    /// <summary>
    /// True: a source has ten connections at once and twenty a second at most, as far as the server can say that; xinetd's cps is its
    /// default.
    /// </summary>
    public bool LimitsSources { get; init; }

    /// <summary>superd only: the value of its key <c>close</c>; null = its default.</summary>
    public string? Close { get; init; }
}
