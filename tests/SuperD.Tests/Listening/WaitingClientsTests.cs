using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Listening;
using SuperD.Tests.Support;

namespace SuperD.Tests.Listening;

/// <summary>The clients in a socket's accept queue, as the kernel reports them.</summary>
public sealed class WaitingClientsTests
{
    [TestCase("127.0.0.1")]
    [TestCase("0.0.0.0")]
    [TestCase("::1")]
    public void At_a_port_those_are_found_who_have_connected_until_they_are_accepted(string address)
    {
        if (address.Contains(':'))
        {
            Needs.IPv6();
        }

        using var listener = new TcpListener(IPAddress.Parse(address), 0);
        listener.Start();
        InetEndPoint local = InetEndPoint.From((IPEndPoint)listener.LocalEndpoint);
        Assert.That(WaitingClients.AtPort(local), Is.Empty);

        using var stays = new Client(local.Port, address == "::1" ? IPAddress.IPv6Loopback : null);
        using var leaves = new Client(local.Port, address == "::1" ? IPAddress.IPv6Loopback : null);
        leaves.EndSending();

        Patience.Until(() => WaitingClients.AtPort(local)?.Count == 2, "both wait, also the one that has ended its side");
        listener.AcceptSocket().Dispose();
        Patience.Until(() => WaitingClients.AtPort(local)?.Count == 1, "one waits on");
    }

    [Test]
    public void At_a_Unix_domain_socket_too()
    {
        using var directory = new TempDir();
        string path = directory["sock"];
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(5);
        Assert.That(WaitingClients.AtUnixSocket(path)?.Count, Is.Zero);

        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        client.Connect(new UnixDomainSocketEndPoint(path));

        Assert.That(WaitingClients.AtUnixSocket(path)?.Count, Is.EqualTo(1));
        using Socket accepted = listener.Accept();
        Assert.That(WaitingClients.AtUnixSocket(path)?.Count, Is.Zero);
    }
}
