using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SuperD.Benchmarks.Attack;

/// <summary>Well-behaved clients of services that are not attacked: each must get its whole answer, whatever else happens.</summary>
/// <remarks>Each uses its own address, which identifies its log lines.</remarks>
internal sealed class SteadyClients(AttackTarget target)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(40);
    private static readonly byte[] s_request = Encoding.ASCII.GetBytes(new string('x', 500));

    private readonly List<string> _lost = [];
    private int _count;

    /// <summary>Clients so far.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>What happened to the clients without a whole answer; read it after the run.</summary>
    public IReadOnlyList<string> Lost => _lost;

    /// <summary>The address of a client: 127.100.0.1 and up.</summary>
    public static IPAddress Address(int number) =>
        new([127, (byte)(100 + (number / 62_500)), (byte)(number / 250 % 250), (byte)((number % 250) + 1)]);

    public void Run(CancellationToken cancellation)
    {
        for (int number = 0; !cancellation.IsCancellationRequested; number++)
        {
            (string service, byte[] request, string expected) = (number % 3) switch
            {
                0 => ("steady-answer", [], "ok\n"),
                1 => ("steady-echo", s_request, Encoding.ASCII.GetString(s_request)),
                _ => ("steady-relay", Array.Empty<byte>(), "ok\n"),
            };
            string answer = Ask(service, Address(number), request);
            Interlocked.Increment(ref _count);
            if (answer != expected)
            {
                _lost.Add($"client {Address(number)} of {service} got '{answer[..Math.Min(answer.Length, 60)]}'");
            }

            cancellation.WaitHandle.WaitOne(s_pause);
        }
    }

    private string Ask(string service, IPAddress source, byte[] request)
    {
        const int patienceMs = 60_000; // the prober measures how long; this counts only whether
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.SendTimeout = socket.ReceiveTimeout = patienceMs;
            socket.Bind(new IPEndPoint(source, 0));
            socket.Connect(target.Address(service));
            _ = socket.Send(request);
            socket.Shutdown(SocketShutdown.Send);
            byte[] answer = new byte[4096];
            int length = 0;
            for (int count = -1; count != 0; length += count)
            {
                count = socket.Receive(answer, length, answer.Length - length, SocketFlags.None);
            }

            return Encoding.ASCII.GetString(answer, 0, length);
        }
        catch (SocketException failed)
        {
            return failed.Message;
        }
    }
}
