using System.Net;
using System.Net.NetworkInformation;
using Medallion.Shell;
using NUnit.Framework;

namespace SuperD.Tests.Support;

/// <summary>A real HAProxy as a plain process, with one frontend on a port of 127.0.0.1 and one server behind it.</summary>
internal sealed class HAProxy : IDisposable
{
    private const int FirstPort = 20_000, LastPort = 30_000, Attempts = 5;

    private readonly TempDir _directory = new();
    private Command? _command;

    /// <param name="bind">What else the <c>bind</c> line says: <c>accept-proxy</c>.</param>
    /// <param name="server">The <c>server</c> line behind the name: address and options.</param>
    public HAProxy(string bind, string server)
    {
        Needs.Program("haproxy");
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            // Below the ports the kernel gives out by itself; if the port is taken all the same, HAProxy ends, and another one is tried.
            Port = Random.Shared.Next(FirstPort, LastPort);
            string file = _directory.Write("haproxy.cfg", $"""
                defaults
                    mode tcp
                    timeout connect 30s
                    timeout client 30s
                    timeout server 30s
                listen front
                    bind 127.0.0.1:{Port} {bind}
                    server back {server}

                """);
            _command = Command.Run("haproxy", ["-db", "-f", file], options => options.WorkingDirectory(_directory.Path).DisposeOnExit(false));
            Patience.Until(() => _command.Task.IsCompleted || Answers(), "HAProxy listens");
            if (!_command.Task.IsCompleted)
            {
                return;
            }

            TestContext.Out.WriteLine(_command.Result.StandardError);
            ((IDisposable)_command).Dispose();
        }

        Assert.Fail($"HAProxy did not start in {Attempts} attempts");
    }

    public int Port { get; private set; }

    public void Dispose()
    {
        if (_command is { Task.IsCompleted: false })
        {
            _command.Kill();
            _command.Task.Wait(Patience.Limit);
        }

        ((IDisposable?)_command)?.Dispose();
        _directory.Dispose();
    }

    /// <summary>Looked up in the kernel's list, since a connection of ours would reach superd.</summary>
    private bool Answers() =>
        IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Contains(new IPEndPoint(IPAddress.Loopback, Port));
}
