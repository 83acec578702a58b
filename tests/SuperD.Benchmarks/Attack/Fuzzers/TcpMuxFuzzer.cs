using System.Net.Sockets;
using System.Text;

namespace SuperD.Benchmarks.Attack.Fuzzers;

/// <summary>
/// RFC 1078 requests: known and unknown names, mutated, unterminated, in pieces, or followed at once by data for the service.
/// </summary>
internal sealed class TcpMuxFuzzer(AttackTarget target) : Fuzzer("tcpmux", target, TimeSpan.FromMilliseconds(5))
{
    private static readonly string[] s_lines =
        ["mux-echo\r\n", "MUX-ECHO\r\n", "mux-queue\r\n", "help\r\n", "HELP\n", "steady-answer\r\n", "mux\r\n", "\r\n", "+mux-echo\r\n"];

    private static readonly byte[][] s_requests = [.. s_lines.Select(Encoding.ASCII.GetBytes)];

    private readonly HeldSockets _held = new();

    protected override int Attack(Random random)
    {
        Socket socket = Target.Connect("mux");
        try
        {
            byte[] request = Pick(random, s_requests);
            byte[] bytes = random.Next(3) == 0 ? request : Mutator.Mutate(request, random, s_requests);
            switch (random.Next(6))
            {
                case 0:
                    _ = socket.Send(bytes, 0, random.Next(bytes.Length + 1), SocketFlags.None);
                    _held.Add(socket, random);
                    _held.Trickle(random);
                    return 1;
                case 1:
                    _ = socket.Send([.. bytes, .. request, .. bytes]);
                    break;
                case 2:
                    _ = socket.Send(bytes);
                    Clients.Reset(socket);
                    return 1;
                default:
                    _ = socket.Send(bytes);
                    break;
            }

            socket.Shutdown(SocketShutdown.Send);
            Clients.Read(socket);
            socket.Dispose();
            return 1;
        }
        catch
        {
            Clients.Reset(socket);
            throw;
        }
    }

    protected override void End() => _held.Dispose();
}
