namespace SuperD.Benchmarks.Soak;

/// <summary>A service of the soak test.</summary>
/// <param name="Name">Its file's name.</param>
/// <param name="Toml">Its keys without <c>listen</c>.</param>
/// <param name="Weight">How many of all connections it gets, in proportion to the others.</param>
/// <param name="Manners">How its clients may behave.</param>
internal sealed record SoakService(string Name, string Toml, int Weight, params SoakManner[] Manners)
{
    /// <summary>The port of 127.0.0.1 it listens on.</summary>
    public int Port { get; init; }

    /// <summary>What a client that waits for the end must have got, whatever else goes on; null = that depends.</summary>
    public string? Reply { get; init; }
}
