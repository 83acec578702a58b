using System.Net;
using System.Net.Sockets;

namespace SuperD.Benchmarks.Attack.Fuzzers;

/// <summary>
/// Datagrams of every size, in bursts, from known and new peers, to builtins, to services with a handler per peer, and to a wait service.
/// </summary>
internal sealed class UdpFuzzer(AttackTarget target) : Fuzzer("udp", target, TimeSpan.FromMilliseconds(10))
{
    private const int Largest = 65_507;

    private readonly Socket?[] _peers = new Socket?[8];

    protected override int Attack(Random random)
    {
        IPEndPoint address = Target.Address(
            Pick(random, "udp-echo", "udp-chargen", "udp-daytime", "udp-time", "udp-qotd", "udp-peers", "udp-peers", "udp-wait"));
        int index = random.Next(_peers.Length), burst = random.Next(4) == 0 ? random.Next(1, 33) : 1;
        if (random.Next(4) == 0)
        {
            _peers[index]?.Dispose();
            _peers[index] = null;
        }

        Socket peer = _peers[index] ??= new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
        byte[] bytes = new byte[Pick(random, 0, 1, random.Next(64), random.Next(1500), random.Next(Largest + 1), Largest)];
        random.NextBytes(bytes);
        for (int sent = 0; sent < burst; sent++)
        {
            _ = peer.SendTo(bytes, address);
        }

        for (int taken = 0; taken < burst && peer.Available > 0; taken++)
        {
            _ = peer.Receive(bytes.Length == Largest ? bytes : new byte[Largest], SocketFlags.None, out SocketError _);
        }

        return burst;
    }

    protected override void End()
    {
        foreach (Socket? peer in _peers)
        {
            peer?.Dispose();
        }
    }
}
