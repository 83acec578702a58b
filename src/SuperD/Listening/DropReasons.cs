namespace SuperD.Listening;

/// <summary>Why a datagram, or a client of a wait service, was dropped; stable names for the log.</summary>
internal static class DropReasons
{
    /// <summary>The handlers that were started for it have ended without reading it.</summary>
    public const string Unread = "unread";

    /// <summary>The handlers that were started for this client have ended without accepting it.</summary>
    public const string Unaccepted = "unaccepted";

    /// <summary>It could not be delivered to the socket of its peer's handler.</summary>
    public const string Undeliverable = "undeliverable";
}
