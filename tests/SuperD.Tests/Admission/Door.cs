using System.Net;
using SuperD.Admission;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;
using SuperD.Tests.Configuration;
using SuperD.Tests.Support;

namespace SuperD.Tests.Admission;

/// <summary>Access control on its own, for services written in TOML; handlers are simulated, and the test controls the time.</summary>
internal sealed class Door : IPlaceSink, IDisposable
{
    private readonly EventLoop _loop;
    private readonly Places _places;
    private readonly Dictionary<string, Service> _services = [];

    /// <param name="services">Name and lines of each, without listen and exec.</param>
    public Door(int? maxHandlers, params (string Name, string Lines)[] services)
    {
        _loop = new EventLoop(Time);
        var stages = new Stages();
        _places = new Places(stages, _loop, this, maxHandlers);
        Access = new AccessControl(stages, _loop, _places, Log);
        foreach ((string name, string lines) in services)
        {
            string exec = lines.Contains("sensor") ? "" : ConfigurationFiles.Exec;
            var service = new Service(
                ConfigurationFiles.DefinitionOf(
                    (lines.Contains("listen") ? "" : ConfigurationFiles.Listen) + exec + lines) with { Name = name });
            _services.Add(name, service);
            Access.Add(service);
        }
    }

    public Door(string lines)
        : this(null, ("han", lines))
    {
    }

    public FakeTime Time { get; } = new();

    public RecordingLog Log { get; } = new();

    public AccessControl Access { get; }

    public bool IsCrowded => _places.IsCrowded;

    public Service Service(string name) => _services[name];

    public Verdict Check(string address, string service = "han") => Access.Check(_services[service], Peers.Client(address));

    /// <summary>Connects, and enters when admitted; returns the refusal's reason.</summary>
    public string Connect(string address, string service = "han") => TryEnter(address, service, out _).Refusal.Name();

    /// <summary>Connects; null when refused.</summary>
    public Connection? Enter(string address, string service = "han")
    {
        TryEnter(address, service, out Connection? connection);
        return connection;
    }

    /// <summary>Ends the handler of a connection.</summary>
    public void End(Connection? connection, int exit = 0, int signal = 0)
    {
        _places.Release(connection!); // a test ends only connections that it entered
        Access.Charge(connection!, new ExitStatus(exit, signal), timedOut: false);
    }

    /// <summary>Connects, and ends at once when admitted; returns the refusal's reason.</summary>
    public string Visit(string address, string service = "han", int exit = 0, int signal = 0)
    {
        Verdict verdict = TryEnter(address, service, out Connection? connection);
        if (connection is not null)
        {
            End(connection, exit, signal);
        }

        return verdict.Refusal.Name();
    }

    public void Dispose()
    {
        Access.Dispose();
        _loop.Dispose();
    }

    // There is no listener and no queue here.
    void IPlaceSink.Pause(Service service, PauseReasons reason)
    {
    }

    void IPlaceSink.Resume(Service service, PauseReasons reason)
    {
    }

    void IPlaceSink.SetPauses(Service service, PauseReasons reasons)
    {
    }

    void IPlaceSink.Admit(Connection connection) => throw new InvalidOperationException("nobody waits");

    void IPlaceSink.RefuseForWantOfPlace(Connection connection) => throw new InvalidOperationException("nobody waits");

    private Verdict TryEnter(string address, string name, out Connection? connection)
    {
        connection = null;
        Service service = _services[name];
        Verdict verdict = Access.Check(service, Peers.Client(address));
        if (!verdict.IsRefused)
        {
            connection = new Connection(
                _places.NextId(), service, new Fd(-1), Peers.Client(address), InetEndPoint.From(new IPEndPoint(IPAddress.Loopback, 1)));
            Access.TakeTokens(service, connection.Peer);
            _places.Enter(connection);
        }

        return verdict;
    }
}
