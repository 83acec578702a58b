namespace SuperD.Linux;

/// <summary>Identifies one datagram in a socket's queue. A retransmission of the same datagram has a different mark.</summary>
/// <param name="Source">Its sender.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Hash">A hash of its first bytes.</param>
/// <param name="ArrivedNs">Its arrival time in nanoseconds of the wall clock; 0 if the kernel has not noted it.</param>
public readonly record struct DatagramMark(InetEndPoint Source, int Length, int Hash, long ArrivedNs);
