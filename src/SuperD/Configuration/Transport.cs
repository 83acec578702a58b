namespace SuperD.Configuration;

/// <summary>The transport of a listening address.</summary>
internal enum Transport
{
    /// <summary>Connections over TCP.</summary>
    Tcp,

    /// <summary>Datagrams over UDP.</summary>
    Udp,

    /// <summary>Connections over a Unix-domain socket.</summary>
    Unix,
}
