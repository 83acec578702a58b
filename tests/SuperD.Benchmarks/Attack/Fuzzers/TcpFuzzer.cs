using System.Net;
using System.Net.Sockets;

namespace SuperD.Benchmarks.Attack.Fuzzers;

/// <summary>Badly behaved TCP clients: resets, half closes, urgent data, closed windows, silence and connection storms.</summary>
internal sealed class TcpFuzzer(AttackTarget target) : Fuzzer("tcp", target, TimeSpan.FromMilliseconds(5))
{
    private static readonly string[] s_services =
        [
            "open", "open", "queued", "greeting", "flood", "deaf", "quiet", "at-once", "waiting", "chargen", "echo", "stream", "denied",
            AttackServices.Sacrificed,
        ];

    private readonly HeldSockets _held = new();

    protected override int Attack(Random random)
    {
        if (random.Next(50) == 0)
        {
            // From its own address, because all services refuse this one for a while.
            Target.Connect("trap", new IPAddress([127, 66, (byte)random.Next(256), (byte)random.Next(1, 255)])).Dispose();
            return 1;
        }

        string service = Pick(random, s_services);
        var source = new IPAddress([127, 67, 0, (byte)random.Next(1, 20)]);
        if (random.Next(12) == 0)
        {
            return Storm(service, source, random);
        }

        Socket socket = Target.Connect(service, source);
        try
        {
            Behave(socket, random);
            return 1;
        }
        finally
        {
            if (!_held.Holds(socket))
            {
                socket.Dispose();
            }
        }
    }

    protected override void End() => _held.Dispose();

    private void Behave(Socket socket, Random random)
    {
        byte[] bytes = new byte[random.Next(8) == 0 ? random.Next(200_000) : random.Next(1, 2000)];
        random.NextBytes(bytes);
        switch (random.Next(10))
        {
            case 0:
                Clients.Reset(socket);
                break;
            case 1:
                _ = socket.Send(bytes, SocketFlags.None, out _);
                Clients.Reset(socket);
                break;
            case 2:
                _ = socket.Send([1, 2, 3], SocketFlags.OutOfBand, out _);
                _ = socket.Send(bytes, SocketFlags.None, out _);
                Clients.Read(socket);
                break;
            case 3:
                socket.ReceiveBufferSize = 1; // the kernel rounds up to its minimum, so the window closes soon
                _ = socket.Send(bytes, SocketFlags.None, out _);
                _held.Add(socket, random);
                break;
            case 4:
                _held.Add(socket, random);
                _held.Trickle(random);
                break;
            case 5:
                socket.Shutdown(SocketShutdown.Send);
                _held.Add(socket, random);
                break;
            case 6:
                socket.Shutdown(SocketShutdown.Receive);
                _ = socket.Send(bytes, SocketFlags.None, out _);
                break;
            default:
                _ = socket.Send(bytes, SocketFlags.None, out _);
                socket.Shutdown(SocketShutdown.Send);
                Clients.Read(socket);
                break;
        }
    }

    /// <summary>Many clients that disconnect before they are served.</summary>
    private int Storm(string service, IPAddress source, Random random)
    {
        int count = random.Next(2, 40);
        bool resets = random.Next(2) == 0;
        for (int i = 0; i < count; i++)
        {
            Socket socket = Target.Connect(service, source);
            if (resets)
            {
                Clients.Reset(socket);
            }
            else
            {
                socket.Dispose();
            }
        }

        return count;
    }
}
