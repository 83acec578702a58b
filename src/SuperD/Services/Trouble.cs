namespace SuperD.Services;

/// <summary>Why a service does not serve as its file says, for people.</summary>
/// <param name="State"><see cref="Waiting"/> or <see cref="Failing"/>.</param>
/// <param name="Text">What is wrong; lower case, no final dot.</param>
/// <param name="SinceMs">Since when, as the loop's <c>NowMs</c>.</param>
internal sealed record Trouble(string State, string Text, long SinceMs)
{
    /// <summary>It waits for something that superd tries again by itself.</summary>
    public const string Waiting = "waiting";

    /// <summary>Its program serves nobody.</summary>
    public const string Failing = "failing";
}
