using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using SuperD.Linux;

namespace SuperD.Tests.Linux;

/// <summary>Whether a datagram is still the one of an earlier look, though a retransmission looks the same.</summary>
public sealed class DatagramMarkTests
{
    private static readonly InetEndPoint s_source = InetEndPoint.From(new IPEndPoint(IPAddress.Loopback, 4711));

    [TestCase(100, 100, true)]
    [TestCase(100, 200, false)]
    public void One_with_a_time_is_known_by_it(long earlier, long now, bool isStill) =>
        Assert.That(Mark(now, found: 7, left: 8).IsStill(Mark(earlier, found: 1, left: 2)), Is.EqualTo(isStill));

    [TestCase(2, true)]
    [TestCase(3, false)]
    public void Of_one_without_a_time_it_is_known_whether_the_socket_was_read_since(long found, bool isStill) =>
        Assert.That(Mark(arrived: 0, found, left: 4).IsStill(Mark(arrived: 0, found: 1, left: 2)), Is.EqualTo(isStill));

    [Test]
    public void A_look_leaves_what_the_next_look_finds_unless_somebody_reads()
    {
        Assert.That(UdpSocket.Bind(new IPEndPoint(IPAddress.Loopback, 0), v6Only: false, perPeer: false, out Fd? socket).IsError, Is.False);
        using (socket)
        using (var client = new UdpClient())
        {
            client.Connect(new IPEndPoint(IPAddress.Loopback, TcpSocket.LocalEndPoint(socket!).Port));
            client.Send("same"u8);
            client.Send("same"u8);

            DatagramMark first = Look(socket!), again = Look(socket!);
            UdpSocket.DropFirst(socket!);
            DatagramMark second = Look(socket!);

            Assert.That((again.FoundNs, again.IsStill(first)), Is.EqualTo((first.LeftNs, true)));
            Assert.That((second.FoundNs == again.LeftNs && second.ArrivedNs == 0, second.IsStill(again)), Is.EqualTo((false, false)));
        }
    }

    private static DatagramMark Look(Fd socket)
    {
        Assert.That(UdpSocket.PeekFirst(socket, out DatagramMark mark).IsError, Is.False);
        return mark;
    }

    private static DatagramMark Mark(long arrived, long found, long left) => new(s_source, 4, 1, arrived, found, left);
}
