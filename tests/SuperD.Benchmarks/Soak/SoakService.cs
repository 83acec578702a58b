namespace SuperD.Benchmarks.Soak;

/// <summary>A service of the soak test.</summary>
/// <param name="Name">Its file name.</param>
/// <param name="Toml">Its keys without <c>listen</c>.</param>
/// <param name="Weight">Its share of all connections, relative to the other services.</param>
/// <param name="Manners">How its clients may behave.</param>
internal sealed record SoakService(string Name, string Toml, int Weight, params SoakManner[] Manners)
{
    /// <summary>The port it listens on, on 127.0.0.1.</summary>
    public int Port { get; init; }

    /// <summary>What a client that reads to the end must receive, whatever else happens; null = it varies.</summary>
    public string? Reply { get; init; }
}
