using System.Net;
using System.Net.Sockets;
using SuperD.Benchmarks.Subjects;

namespace SuperD.Benchmarks.Attack;

/// <summary>The superd under attack: its services, its console and its files.</summary>
internal sealed class AttackTarget
{
    private readonly Dictionary<string, int> _ports = [];
    private readonly string _services;

    /// <summary>Writes the configuration; the caller starts superd.</summary>
    public AttackTarget(Bench bench, SuperdSubject superd, Backend backend)
    {
        Subject = superd;
        Folder = bench.Folder.Create("attack");
        _services = Directory.CreateDirectory(Path.Combine(Folder, "services.d")).FullName;
        foreach ((string name, string toml) in AttackServices.For(bench.Tools, backend))
        {
            _ports[name] = Ports.Take(1)[0];
            WriteService(name, toml.Replace("PORT", $"{_ports[name]}", StringComparison.Ordinal));
        }

        Command = superd.Prepare(Folder, $"[control]\nsocket = \"{ConsolePath}\"\n");
    }

    public SuperdSubject Subject { get; }

    /// <summary>The folder of superd.toml and of the Unix-domain sockets.</summary>
    public string Folder { get; }

    public ServerCommand Command { get; }

    /// <summary>superd's process; an upgrade keeps it.</summary>
    public int Pid { get; set; }

    public string ConsolePath => Path.Combine(Folder, "console.sock");

    /// <summary>One TCP port, whose readiness stands for superd's.</summary>
    public ServerOrder Order => new() { Ports = [_ports[AttackServices.Probed]] };

    /// <summary>The service's address on 127.0.0.1.</summary>
    public IPEndPoint Address(string service) => new(IPAddress.Loopback, _ports[service]);

    /// <summary>Connects within the time that a healthy superd needs; a full accept queue throws like a refusal.</summary>
    /// <param name="source">The loopback address to connect from; null = 127.0.0.1.</param>
    public Socket Connect(string service, IPAddress? source = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (source is not null)
        {
            socket.Bind(new IPEndPoint(source, 0));
        }

        return Clients.Connected(socket, Address(service));
    }

    /// <summary>Connects to a socket in <see cref="Folder"/>, or to an abstract one, whose name begins with @.</summary>
    public Socket ConnectUnix(string name)
    {
        string path = name.StartsWith('@') ? $"\0{name[1..]}" : Path.Combine(Folder, name);
        return Clients.Connected(
            new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), new UnixDomainSocketEndPoint(path));
    }

    public Socket ConnectConsole() => ConnectUnix(ConsolePath);

    public void WriteService(string name, string toml) => File.WriteAllText(ServiceFile(name), toml);

    public void WriteService(string name, byte[] toml) => File.WriteAllBytes(ServiceFile(name), toml);

    public void DeleteService(string name) => File.Delete(ServiceFile(name));

    private string ServiceFile(string name) => Path.Combine(_services, $"{name}.toml");
}
