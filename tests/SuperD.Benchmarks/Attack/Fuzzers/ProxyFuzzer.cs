using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace SuperD.Benchmarks.Attack.Fuzzers;

/// <summary>PROXY protocol headers of both versions: valid, mutated, truncated, slow, repeated, and with wrong lengths and TLVs.</summary>
internal sealed class ProxyFuzzer(AttackTarget target) : Fuzzer("proxy", target, TimeSpan.FromMilliseconds(4))
{
    private static readonly byte[] s_signature = [0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, (byte)'Q', (byte)'U', (byte)'I', (byte)'T', 0x0a];

    private readonly HeldSockets _held = new();

    protected override int Attack(Random random)
    {
        Socket socket = Target.Connect(Pick(random, "proxied", "proxied", "proxied-relay"));
        try
        {
            byte[] header = random.Next(2) == 0 ? Text(random) : Binary(random);
            byte[] bytes = random.Next(4) == 0 ? header : Mutator.Mutate(header, random, Text(random), Binary(random));
            switch (random.Next(6))
            {
                case 0:
                    _ = socket.Send(bytes, 0, random.Next(bytes.Length + 1), SocketFlags.None);
                    _held.Add(socket, random);
                    _held.Trickle(random);
                    return 1;
                case 1:
                    foreach (byte one in bytes.Take(64))
                    {
                        _ = socket.Send([one]);
                    }

                    break;
                case 2:
                    _ = socket.Send([.. bytes, .. header, .. "hello\n"u8, .. bytes]);
                    break;
                default:
                    _ = socket.Send([.. bytes, .. "hello\n"u8]);
                    break;
            }

            socket.Shutdown(SocketShutdown.Send);
            Clients.Read(socket);
            socket.Dispose();
        }
        catch
        {
            Clients.Reset(socket);
            throw;
        }

        return 1;
    }

    protected override void End() => _held.Dispose();

    private static byte[] Text(Random random) => Encoding.ASCII.GetBytes(Pick(
        random,
        $"PROXY TCP4 203.0.113.{random.Next(256)} 127.0.0.1 {random.Next(65536)} 443\r\n",
        $"PROXY TCP6 2001:db8::{random.Next(65536):x} ::1 {random.Next(65536)} 443\r\n",
        "PROXY UNKNOWN\r\n",
        "PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n"));

    private static byte[] Binary(Random random)
    {
        (byte Family, int Length) addresses = Pick<(byte, int)>(random, (0x11, 12), (0x21, 36), (0x31, 216), (0x00, 0), (0x12, 12));
        byte[] body = new byte[addresses.Length];
        random.NextBytes(body);
        if (addresses.Family == 0x31)
        {
            Array.Clear(body);
            "/tmp/x"u8.CopyTo(body);
        }

        List<byte> values = [.. body];
        for (int count = random.Next(4); count > 0; count--)
        {
            byte[] value = new byte[random.Next(40)];
            random.NextBytes(value);
            int told = random.Next(4) == 0 ? random.Next(65536) : value.Length;
            values.AddRange([(byte)Pick(random, 1, 2, 3, 4, 5, 0x20, 0x30, random.Next(256)), (byte)(told >> 8), (byte)told, .. value]);
        }

        byte[] length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)(random.Next(6) == 0 ? random.Next(65536) : values.Count));
        return [.. s_signature, (byte)(0x20 | random.Next(random.Next(8) == 0 ? 16 : 2)), addresses.Family, .. length, .. values];
    }
}
