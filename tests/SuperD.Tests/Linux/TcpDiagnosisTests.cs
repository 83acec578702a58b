using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Linux;

/// <summary>What the kernel reports about connections that have ended.</summary>
[NonParallelizable] // every connection that ends on this machine takes buffer space
public sealed class TcpDiagnosisTests
{
    [Test]
    public void The_ends_of_thousands_of_connections_wait_to_be_taken()
    {
        Needs.Root(); // CAP_NET_ADMIN: without it, net.core.rmem_max is the limit
        const int Connections = 1_500;
        Assert.That(TcpDiagnosis.Open(null, out TcpDiagnosis? diagnosis).IsError, Is.False);
        using TcpDiagnosis owned = diagnosis!; // no error: it exists
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var awaited = new HashSet<ulong>();
        for (int i = 0; i < Connections; i++)
        {
            using var client = new TcpClient();
            client.Connect((IPEndPoint)listener.LocalEndpoint);
            using Socket server = listener.AcceptSocket();
            awaited.Add(CookieOf(server));
            awaited.Add(CookieOf(client.Client));
        }

        Patience.Until(
            () =>
            {
                while (owned.TakeEvent() is { } end)
                {
                    awaited.Remove(end.Cookie);
                }

                return awaited.Count == 0;
            },
            "every end was told of");
    }

    private static ulong CookieOf(Socket socket)
    {
        TcpIdentity? identity = TcpIdentity.Of(new Fd((int)socket.Handle)); // the socket remains the owner
        Assert.That(identity, Is.Not.Null);
        return identity!.Value.Cookie; // asserted
    }
}
