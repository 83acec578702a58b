namespace SuperD.Linux;

/// <summary>Identifies one datagram in a socket's queue, at one look at it.</summary>
/// <param name="Source">Its sender.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Hash">A hash of its first bytes.</param>
/// <param name="ArrivedNs">
/// Its arrival time in nanoseconds of the wall clock; 0 if the kernel has not noted it: it begins to do so some time after it was asked.
/// </param>
/// <param name="FoundNs">The socket's <see cref="UdpSocket.LastArrivalNs"/> before the look.</param>
/// <param name="LeftNs">The same after it.</param>
public readonly record struct DatagramMark(
    InetEndPoint Source, int Length, int Hash, long ArrivedNs, long FoundNs = 0, long LeftNs = 0)
{
    /// <summary>Whether this is the datagram of an earlier look, still unread, and not a retransmission of it.</summary>
    /// <remarks>Of one without a time it is only known whether somebody has read from the socket since.</remarks>
    public bool IsStill(DatagramMark earlier) =>
        (Source, Length, Hash, ArrivedNs) == (earlier.Source, earlier.Length, earlier.Hash, earlier.ArrivedNs)
        && (ArrivedNs != 0 || FoundNs == earlier.LeftNs);
}
