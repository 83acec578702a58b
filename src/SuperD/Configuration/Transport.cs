using System.Text.Json.Serialization;

namespace SuperD.Configuration;

/// <summary>The transport of a listening address.</summary>
[JsonConverter(typeof(EnumByName<Transport>))]
internal enum Transport
{
    /// <summary>Connections over TCP.</summary>
    Tcp,

    /// <summary>Datagrams over UDP.</summary>
    Udp,

    /// <summary>Connections over a Unix-domain socket.</summary>
    Unix,
}
