using System.Text.Json.Serialization;
using SuperD.Configuration;

namespace SuperD.Listening;

/// <summary>What listens at an address. A listener can only inherit the socket of one of its own kind as it is.</summary>
[JsonConverter(typeof(EnumByName<ListenerKind>))]
internal enum ListenerKind
{
    /// <summary>A TCP port.</summary>
    Tcp,

    /// <summary>A Unix-domain socket.</summary>
    Unix,

    /// <summary>UDP whose socket is lent to one handler.</summary>
    UdpWait,

    /// <summary>UDP with a handler for each peer.</summary>
    UdpPeers,

    /// <summary>UDP that superd answers itself.</summary>
    UdpAnswers,
}
