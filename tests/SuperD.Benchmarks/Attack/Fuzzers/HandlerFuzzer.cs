using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SuperD.Benchmarks.Attack.Fuzzers;

/// <summary>Handlers that attack the superd that launched them (hostile.c); each client connection starts one.</summary>
/// <param name="name">The kind; hostile.c names its modes.</param>
internal sealed class HandlerFuzzer(AttackTarget target, string name, params string[] modes)
    : Fuzzer(name, target, TimeSpan.FromMilliseconds(15))
{
    private readonly HeldSockets _held = new();

    protected override int Attack(Random random)
    {
        // Each client has its own address, so that no penalty falls on the next one.
        Socket socket = Target.Connect("hostile", new IPAddress([127, 68, (byte)random.Next(256), (byte)random.Next(1, 255)]));
        try
        {
            _ = socket.Send(Encoding.ASCII.GetBytes($"{Pick(random, modes)} {random.Next(1024)}\n"));
            switch (random.Next(4))
            {
                case 0:
                    _held.Add(socket, random);
                    break;
                case 1:
                    break;
                default:
                    Clients.Read(socket);
                    break;
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
}
