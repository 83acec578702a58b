using System.Globalization;
using SuperD.Benchmarks.Subjects;
using SuperD.Tests.Support;

namespace SuperD.Benchmarks.Cluster;

/// <summary>A machine with superd under a service manager, configured as src/docs/many-machines.md says.</summary>
internal sealed class Node : IDisposable
{
    public const int Port = 9003, HealthPort = 9100, MetricsPort = 9101, AgentPort = 9102;

    /// <summary>The service's name, in superd and in HAProxy.</summary>
    public const string Service = "parcel";

    /// <summary>How long it says no before it stops: HAProxy's interval times its failures, and a second.</summary>
    public const string LameDuck = "2s";

    private static readonly ServerOrder s_order = new() { Ports = [Port] };

    private readonly Bench _bench;
    private readonly SuperdSubject _superd;
    private readonly string _folder;
    private readonly Host _balancer;
    private RunningServer? _server;

    /// <param name="balancer">The machine whose PROXY headers are believed.</param>
    public Node(Bench bench, Host host, Host balancer)
    {
        _bench = bench;
        _superd = bench.Subjects.Reference;
        _folder = bench.Folder.Create(host.Name);
        _balancer = balancer;
        Host = host;
        string inside = $"only_from = \"{Host.Network}\"\n";
        Write("health", $"listen = \"{host.Address}:{HealthPort}\"\nbuiltin = \"health\"\n{inside}");
        Write("metrics", $"listen = \"{MetricsAddress}\"\nbuiltin = \"metrics\"\n{inside}");
        Write("agent", $"listen = \"{host.Address}:{AgentPort}\"\nbuiltin = \"agent\"\nagent_for = \"{Service}\"\n{inside}");
        WriteRevision(1);
    }

    public Host Host { get; }

    public string Name => Host.Name;

    public string MetricsAddress => $"{Host.Address}:{MetricsPort}";

    private RunningServer Server => _server ?? throw new InvalidOperationException($"{Name} was not started");

    /// <summary>The name of a service that only this revision of the configuration has.</summary>
    public static string NameOf(int revision) => $"revision{revision}";

    /// <summary>Writes its configuration of a revision: the service's answers name it.</summary>
    public void WriteRevision(int revision)
    {
        Write(Service, $$"""
            listen       = "{{Host.Address}}:{{Port}}"
            exec         = "{{_bench.Tools.Parcel}}"
            env          = { NODE = "{{Name}}", REVISION = "{{revision}}" }
            proxy_in     = "{{_balancer.Address}}"
            instances    = 100
            user_timeout = "5s"

            """);
        File.Delete(Path.Combine(_folder, "services.d", $"{NameOf(revision - 1)}.toml"));
        Write(NameOf(revision), "listen = \"127.0.0.1:9004\"\nbuiltin = \"daytime\"\n");
    }

    /// <summary>Starts superd and waits until it is ready.</summary>
    public void Start()
    {
        _server?.Dispose();
        ServerCommand superd = _superd.Prepare(_folder, $"lame_duck = \"{LameDuck}\"\nshutdown_grace = \"10s\"\n");
        string socket = Path.Combine(_folder, "manager");
        File.Delete(socket);
        string[] line = [.. Host.Enter, .. KeepingManager.At(socket), .. superd.Line, "--strict"];
        _server = RunningServer.Start(_bench, _superd, s_order, _folder, superd with { Line = line });
    }

    /// <summary>Runs one of superd's commands for it, without a word in the case of success.</summary>
    public void Command(params string[] line)
    {
        ProgramResult result = _superd.Run([.. line, "-c", Path.Combine(_folder, "superd.toml")]);
        if (result.ExitCode != 0)
        {
            throw new BenchException($"superd {line[0]} at {Name}: {result.StandardOutput}{result.StandardError}");
        }
    }

    /// <summary>Sends TERM and waits for the end.</summary>
    public void Terminate()
    {
        if (Server.Stop() is not 0 and var code)
        {
            throw new BenchException($"superd at {Name} ended with {code} after TERM");
        }
    }

    /// <summary>Kills superd, and waits until the manager has started it again.</summary>
    public void Kill()
    {
        string children = $"/proc/{Server.Pid}/task/{Server.Pid}/children"; // the manager has one
        int ready = CountReady();
        Processes.Signal(int.Parse(File.ReadAllText(children), CultureInfo.InvariantCulture), Processes.SIGKILL);
        _bench.Require(() => CountReady() > ready, $"superd at {Name} is started again");
    }

    public void Dispose() => _server?.Dispose();

    private int CountReady() => Server.ReadLog().Split("ready services=").Length;

    private void Write(string name, string toml) => _superd.WriteService(_folder, name, toml);
}
