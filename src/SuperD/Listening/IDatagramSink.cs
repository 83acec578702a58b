using SuperD.Linux;

namespace SuperD.Listening;

/// <summary>What the ports of builtins over UDP tell; the conductor listens.</summary>
internal interface IDatagramSink
{
    /// <summary>A datagram has come; to be answered, if at all, before this returns.</summary>
    /// <param name="peer">Who sent it, as far as that can be believed.</param>
    /// <param name="isForMany">True when it was sent to a broadcast or multicast address.</param>
    void OnDatagram(DatagramPort port, InetEndPoint peer, bool isForMany, ReadOnlySpan<byte> datagram);
}
