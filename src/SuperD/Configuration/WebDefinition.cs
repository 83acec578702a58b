namespace SuperD.Configuration;

/// <summary>A service that is superd's own page: its program is superd, and may ask the console to look. Key <c>web</c>.</summary>
/// <param name="Token">With this in a request it may also steer; null = it only looks. Key <c>web.write</c>.</param>
internal sealed record WebDefinition(string? Token)
{
    /// <summary>The token is in no message.</summary>
    public override string ToString() => Token is null ? "looks" : "looks and steers";
}
