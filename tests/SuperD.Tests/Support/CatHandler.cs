using System.Net;
using NUnit.Framework;

namespace SuperD.Tests.Support;

/// <summary>A superd with one service and one handler to examine: cat, which has already echoed something and so is running.</summary>
internal sealed class CatHandler : IDisposable
{
    /// <param name="keys">Further lines of the service's file.</param>
    /// <param name="listen">The address that the service listens on, as TOML.</param>
    /// <param name="address">The address that the client connects to; null = 127.0.0.1.</param>
    public CatHandler(string keys = "", DaemonOptions? options = null, string listen = "'127.0.0.1:0'", IPAddress? address = null)
    {
        Daemon = Daemon.Start(options ?? new DaemonOptions(), ("cat", $"listen = {listen}\nexec = '/bin/cat'\n{keys}\n"));
        Client = new Client(Daemon.Port("cat"), address);
        Assert.That(Client.Send("up\n").ReadLine(), Is.EqualTo("up"));
        Pid = Daemon.HandlerOf(Client);
    }

    public Daemon Daemon { get; }

    public Client Client { get; }

    /// <summary>The handler's pid.</summary>
    public int Pid { get; }

    public void Dispose()
    {
        Client.Dispose();
        Daemon.Dispose();
    }
}
