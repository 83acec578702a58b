using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using NUnit.Framework;

namespace SuperD.Tests.Support;

/// <summary>A real HAProxy as a plain process, with one frontend on a port of 127.0.0.1 and one server, or several, behind it.</summary>
internal sealed class HAProxy : IDisposable
{
    private const int FirstPort = 20_000, LastPort = 30_000, Attempts = 5;

    private readonly TempDir _directory = new();
    private RunningProgram? _process;

    /// <param name="bind">Further options of the <c>bind</c> line: <c>accept-proxy</c>.</param>
    /// <param name="server">The <c>server</c> line after the name: address and options.</param>
    /// <param name="further">Further lines: <c>option httpchk</c>, or a second server.</param>
    public HAProxy(string bind, string server, params string[] further)
    {
        Needs.Program("haproxy");
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            // Below the ephemeral range; if the port is taken anyway, HAProxy exits and the next one is tried.
            Port = Random.Shared.Next(FirstPort, LastPort);
            string file = _directory.Write("haproxy.cfg", $"""
                global
                    stats socket {StatsSocket} mode 600
                defaults
                    mode tcp
                    timeout connect 30s
                    timeout client 30s
                    timeout server 30s
                listen front
                    bind 127.0.0.1:{Port} {bind}
                    server back {server}

                """
                + string.Concat(further.Select(line => $"    {line}\n")));
            _process = new RunningProgram("haproxy", ["-db", "-f", file], _directory.Path);
            Patience.Until(() => _process.HasEnded || Answers(), "HAProxy listens");
            if (!_process.HasEnded)
            {
                return;
            }

            TestContext.Out.WriteLine(_process.Errors.Text);
            _process.Dispose();
        }

        Assert.Fail($"HAProxy did not start in {Attempts} attempts");
    }

    public int Port { get; private set; }

    private string StatsSocket => _directory["stats.sock"];

    /// <summary>What HAProxy shows of a server in a column of its statistics: <c>status</c>, <c>weight</c>, <c>check_status</c>.</summary>
    public string StateOf(string column, string server = "back")
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(StatsSocket));
        socket.Send("show stat\n"u8);
        using var reader = new StreamReader(new NetworkStream(socket));
        string[][] rows = [.. reader.ReadToEnd().TrimStart('#', ' ').Split('\n').Select(line => line.Split(','))];
        return rows.Single(row => row is ["front", var name, ..] && name == server)[Array.IndexOf(rows[0], column)];
    }

    public void Dispose()
    {
        _process?.Dispose();
        _directory.Dispose();
    }

    /// <summary>Checks the kernel's socket list, because a test connection would reach superd; its statistics must answer too.</summary>
    private bool Answers() => File.Exists(StatsSocket)
        && IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Contains(new IPEndPoint(IPAddress.Loopback, Port));
}
