namespace SuperD.Linux;

/// <summary>Tells one datagram in a socket's queue from all others: two marks are equal only for the same one, not for its retransmission.</summary>
/// <param name="Source">Its sender.</param>
/// <param name="Length">In bytes.</param>
/// <param name="Hash">Of its first bytes.</param>
/// <param name="ArrivedNs">When it arrived, in nanoseconds of the wall clock.</param>
public readonly record struct DatagramMark(InetEndPoint Source, int Length, int Hash, long ArrivedNs);
