namespace SuperD.Benchmarks.Subjects;

/// <summary>What a server must do, in terms that all of them share.</summary>
internal sealed record ServerOrder
{
    /// <summary>The ports of 127.0.0.1 to listen on, one service each; the first is measured.</summary>
    public required int[] Ports { get; init; }

    /// <summary>True: every client is refused.</summary>
    public bool Denies { get; init; }

    /// <summary>The port of 127.0.0.1 to relay connections to, instead of a handler.</summary>
    public int? RedirectTo { get; init; }

    /// <summary>
    /// True: a source gets at most ten connections at once and twenty a second, as far
    /// as the server can express that; xinetd's cps is its default.
    /// </summary>
    public bool LimitsSources { get; init; }

    /// <summary>True: each connection is in namespaces of its own; the handler is then <see cref="JailedHandler"/>.</summary>
    public bool Jails { get; init; }

    /// <summary>A handler among the system's own files, which answers as the benchmark's does.</summary>
    public static IReadOnlyList<string> JailedHandler { get; } = ["/usr/bin/printf", "x"];

    /// <summary>superd only: the value of its key <c>close</c>; null = its default.</summary>
    public string? Close { get; init; }
}
