namespace SuperD.Listening;

/// <summary>Why a single datagram was thrown away; stable names for the log.</summary>
internal static class DropReasons
{
    /// <summary>The handlers started for it ended without reading it.</summary>
    public const string Unread = "unread";

    /// <summary>It could not be put into the socket of its peer's handler.</summary>
    public const string Undeliverable = "undeliverable";
}
