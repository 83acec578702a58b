using System.Net;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;
using SuperD.Tests.Configuration;
using SuperD.Tests.Support;
using static SuperD.Tests.Admission.Peers;

namespace SuperD.Tests.Services;

/// <summary>Which connections hold a place, and which wait for one in the kernel's queue or in superd's.</summary>
public sealed class PlacesTests : IPlaceSink
{
    private readonly List<string> _calls = [];
    private EventLoop _loop = null!; // set before each test, as are the next two
    private Places _places = null!;
    private Service _queue = null!;

    [SetUp]
    public void Prepare()
    {
        _calls.Clear();
        _loop = new EventLoop(new FakeTime());
        _loop.Enter();
        _places = new Places(new Stages(), _loop, this, most: 2);
        _queue = ServiceOf("instances = 1\nwhen_full = 'queue'");
        _places.SetQueueing(_queue);
        _calls.Clear();
    }

    [TearDown]
    public void Clean_up() => _loop.Dispose();

    [Test]
    public void A_full_service_that_promises_a_queue_pauses_and_resumes_with_the_free_place()
    {
        Connection connection = Enter(_queue);
        Assert.That(_calls, Is.EqualTo((string[])["pause Busy"]));

        _places.Release(connection);
        _places.Resume(_queue);

        Assert.That(_calls[1..], Is.EqualTo((string[])["resume Busy"]));
    }

    [Test]
    public void A_full_service_that_promises_none_goes_on_accepting()
    {
        Enter(ServiceOf("instances = 1"));

        Assert.That(_calls, Is.Empty);
    }

    [Test]
    public void While_superd_is_crowded_the_queues_of_all_services_are_held()
    {
        Service other = ServiceOf("instances = 9");
        Enter(other);
        Connection last = Enter(other);
        Assert.That(_places.IsCrowded, Is.True);
        Assert.That(_calls, Is.EqualTo((string[])["pause Crowded"]));

        _places.Release(last);

        Assert.That(_places.IsCrowded, Is.False);
        Assert.That(_calls[1..], Is.EqualTo((string[])["resume Crowded"]));
    }

    [Test]
    public void Those_who_have_waited_here_come_before_those_in_the_kernels_queue_and_in_their_order()
    {
        Connection first = Enter(_queue);
        Connection[] waiting = [ConnectionOf(_queue), ConnectionOf(_queue)];
        Array.ForEach(waiting, _places.Await);
        Assert.That(_places.Count, Is.EqualTo(2));
        _calls.Clear();

        _places.Release(first);
        _places.Resume(_queue);
        _loop.Post(_loop.Stop);
        _loop.Run();

        Assert.That(_calls, Is.EqualTo((string[])[$"admit {waiting[0].Id}", $"admit {waiting[1].Id}", "resume Busy"]));
        Assert.That(_places.Count, Is.Zero);
    }

    [Test]
    public void At_the_end_those_who_wait_are_refused()
    {
        Connection waiting = ConnectionOf(_queue);
        _places.Await(waiting);

        _places.EndAll();

        Assert.That(_calls, Is.EqualTo((string[])[$"refuse {waiting.Id}"]));
        Assert.That(_places.Count, Is.Zero);
    }

    void IPlaceSink.Pause(Service service, PauseReasons reason) => _calls.Add($"pause {reason}");

    void IPlaceSink.Resume(Service service, PauseReasons reason) => _calls.Add($"resume {reason}");

    void IPlaceSink.SetPauses(Service service, PauseReasons reasons) => _calls.Add($"set {reasons}");

    void IPlaceSink.Admit(Connection connection) => _calls.Add($"admit {connection.Id}");

    void IPlaceSink.RefuseForWantOfPlace(Connection connection) => _calls.Add($"refuse {connection.Id}");

    private static Service ServiceOf(string lines) =>
        new(ConfigurationFiles.DefinitionOf(ConfigurationFiles.Listen + ConfigurationFiles.Exec + lines));

    private Connection Enter(Service service)
    {
        Connection connection = ConnectionOf(service);
        _places.Enter(connection);
        return connection;
    }

    private Connection ConnectionOf(Service service) =>
        new(_places.NextId(), service, new Fd(-1), Client("192.0.2.7"), InetEndPoint.From(new IPEndPoint(IPAddress.Loopback, 1)));
}
