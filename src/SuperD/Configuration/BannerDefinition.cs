namespace SuperD.Configuration;

/// <summary>A text for clients: written in the configuration, or in a file that is read when it is needed and again when it has changed.</summary>
/// <param name="Text">Good for <see cref="TextTemplate.Parse"/>; null when it is a file.</param>
/// <param name="File">As written in an XConfig, absolute in a definition; null when it is a text.</param>
internal sealed record BannerDefinition(string? Text, string? File)
{
    /// <summary>Largest file in bytes. It is kept in memory, once for all clients.</summary>
    public const int LargestFile = 32 * 1024 * 1024;
}
