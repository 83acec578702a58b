namespace SuperD.Configuration;

/// <summary>A text for clients, in the configuration or in a file that is read when first needed and again when it has changed.</summary>
/// <param name="Text">Valid for <see cref="TextTemplate.Parse"/>; null for a file.</param>
/// <param name="File">As written in an XConfig, absolute in a definition; null for a text.</param>
internal sealed record BannerDefinition(string? Text, string? File)
{
    /// <summary>The largest file, in bytes. It is kept in memory once for all clients.</summary>
    public const int LargestFile = 32 * 1024 * 1024;
}
