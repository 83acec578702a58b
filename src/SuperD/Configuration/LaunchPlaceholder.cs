namespace SuperD.Configuration;

/// <summary>A value of the connection in an argument of <c>exec</c> or a variable of <c>env</c>.</summary>
internal enum LaunchPlaceholder
{
    /// <summary>The client's address; <c>uid:1000</c> over a Unix-domain socket.</summary>
    PeerAddress,

    /// <summary>The client's port; empty over a Unix-domain socket.</summary>
    PeerPort,

    /// <summary>The address that the client has connected to, or the name of the Unix-domain socket.</summary>
    LocalAddress,

    /// <summary>The port that the client has connected to; empty over a Unix-domain socket.</summary>
    LocalPort,

    /// <summary>The service's name.</summary>
    Service,

    /// <summary>The connection's id.</summary>
    Connection,
}
