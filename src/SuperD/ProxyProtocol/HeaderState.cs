namespace SuperD.ProxyProtocol;

/// <summary>What the bytes received so far amount to.</summary>
internal enum HeaderState
{
    /// <summary>The beginning of a header; more must come.</summary>
    Incomplete,

    /// <summary>A whole header, perhaps with more after it.</summary>
    Complete,

    /// <summary>Not a header, whatever follows.</summary>
    Invalid,
}
