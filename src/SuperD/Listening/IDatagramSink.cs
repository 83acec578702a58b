using SuperD.Linux;

namespace SuperD.Listening;

/// <summary>Receives the datagrams of builtins over UDP.</summary>
internal interface IDatagramSink
{
    /// <summary>A datagram has arrived. It is answered before this returns, or not at all.</summary>
    /// <param name="peer">The sender, which may be forged.</param>
    /// <param name="isForMany">True when it was sent to a broadcast or multicast address.</param>
    void OnDatagram(DatagramPort port, InetEndPoint peer, bool isForMany, ReadOnlySpan<byte> datagram);
}
