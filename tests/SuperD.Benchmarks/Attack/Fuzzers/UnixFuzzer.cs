using System.Net.Sockets;

namespace SuperD.Benchmarks.Attack.Fuzzers;

/// <summary>
/// Clients of Unix-domain sockets, both files and abstract names: unwanted descriptors and credentials, half closes, storms, silence.
/// </summary>
internal sealed class UnixFuzzer(AttackTarget target) : Fuzzer("unix", target, TimeSpan.FromMilliseconds(6))
{
    private readonly HeldSockets _held = new();

    protected override int Attack(Random random)
    {
        string name = Pick(random, "echo.sock", "echo.sock", "@superd-attack", "wait.sock", "relay.sock", "console.sock");
        if (random.Next(10) == 0)
        {
            return Storm(name, random);
        }

        Socket socket = Target.ConnectUnix(name);
        try
        {
            byte[] bytes = new byte[random.Next(8) == 0 ? random.Next(100_000) : random.Next(1, 200)];
            random.NextBytes(bytes);
            switch (random.Next(6))
            {
                case 0:
                    Ancillary.SendDescriptors(socket, random.Next(1, 253), [(byte)'x']);
                    break;
                case 1:
                    Ancillary.SendCredentials(socket, [(byte)'x']);
                    break;
                case 2:
                    _held.Add(socket, random);
                    _held.Trickle(random);
                    return 1;
                default:
                    _ = socket.Send(bytes, SocketFlags.None, out _);
                    break;
            }

            if (random.Next(2) == 0)
            {
                socket.Shutdown(Pick(random, SocketShutdown.Send, SocketShutdown.Receive, SocketShutdown.Both));
            }

            if (random.Next(2) == 0)
            {
                Clients.Read(socket);
            }

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

    private int Storm(string name, Random random)
    {
        int count = random.Next(2, 40);
        for (int i = 0; i < count; i++)
        {
            Target.ConnectUnix(name).Dispose();
        }

        return count;
    }
}
