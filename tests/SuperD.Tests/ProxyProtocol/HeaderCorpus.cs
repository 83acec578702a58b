using System.Net;
using System.Text;
using SuperD.Linux;

namespace SuperD.Tests.ProxyProtocol;

/// <summary>Random valid PROXY headers, and random mutations of them, reproducible from the seed.</summary>
internal static class HeaderCorpus
{
    /// <summary>A valid header and the addresses in it, as superd logs them.</summary>
    public static byte[] Good(Random random, out string source, out string destination)
    {
        bool isV6 = random.Next(2) == 0;
        IPEndPoint from = EndPoint(random, isV6), to = EndPoint(random, isV6);
        (source, destination) = (InetEndPoint.From(from).ToString(), InetEndPoint.From(to).ToString());
        switch (random.Next(6))
        {
            case 0:
                (source, destination) = ("unknown", "unknown");
                return Encoding.ASCII.GetBytes($"PROXY UNKNOWN{(random.Next(2) == 0 ? "" : " a b")}\r\n");
            case 1:
                (source, destination) = ("unknown", "unknown");
                return ProxyHeaderBytes.V2(ProxyHeaderBytes.Local, 0, Bytes(random, random.Next(30)));
            case 2 or 3:
                return Encoding.ASCII.GetBytes($"PROXY TCP{(isV6 ? 6 : 4)} {from.Address} {to.Address} {from.Port} {to.Port}\r\n");
            default:
                byte[][] fields =
                [
                    .. Enumerable
                        .Range(0, random.Next(4))
                        .Select(_ => ProxyHeaderBytes.Field((byte)random.Next(4, 256), Bytes(random, random.Next(100)))),
                ];
                byte[] header = ProxyHeaderBytes.V2(from.ToString(), to.ToString(), fields);
                return random.Next(2) == 0 ? header : ProxyHeaderBytes.WithChecksum(header);
        }
    }

    /// <summary>Changes, removes, inserts or truncates a few bytes; sometimes joins two headers.</summary>
    public static byte[] Mutate(Random random, byte[] header)
    {
        var bytes = new List<byte>(header);
        for (int times = random.Next(1, 4); times > 0 && bytes.Count > 0; times--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.RemoveAt(at);
                    break;
                case 3:
                    bytes.Insert(at, " \r\n0159:.\0\xFF"u8[random.Next(11)]);
                    break;
                case 4:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    bytes.InsertRange(at, header[..random.Next(header.Length + 1)]);
                    break;
            }
        }

        return [.. bytes];
    }

    private static IPEndPoint EndPoint(Random random, bool isV6) => new(new IPAddress(Bytes(random, isV6 ? 16 : 4)), random.Next(65536));

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
