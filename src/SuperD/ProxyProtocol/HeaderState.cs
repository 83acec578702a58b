namespace SuperD.ProxyProtocol;

/// <summary>What the bytes that have arrived amount to.</summary>
internal enum HeaderState
{
    /// <summary>The beginning of a header: more must come.</summary>
    Incomplete,

    /// <summary>A whole header, and perhaps more.</summary>
    Complete,

    /// <summary>No header, whatever comes.</summary>
    Invalid,
}
