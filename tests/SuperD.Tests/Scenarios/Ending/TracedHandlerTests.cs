using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Ending;

/// <summary>
/// A process that traces a handler prevents superd from reaping it, but not from serving
/// others; tested with cgroups, and without them as an ordinary user.
/// </summary>
[TestFixture(true, TestName = "Traced handlers with cgroups")]
[TestFixture(false, TestName = "Traced handlers as a subreaper")]
public sealed class TracedHandlerTests(bool withCgroups)
{
    private const string Listen = "listen = '127.0.0.1:0'\n";
    private const string Status = """{"command":"status"}""";

    private readonly TempDir _programs = new();
    private readonly List<int> _tracers = [];
    private string _program = null!; // set before each test

    private string AsNobody => Listen + (withCgroups ? "user = 'nobody'\n" : string.Empty);

    [SetUp]
    public void Compile()
    {
        Needs.Root();
        Needs.Program("setpriv");
        _program = TracedProgram.Compile(_programs);
    }

    /// <summary>Ends the processes that superd was configured to leave alone.</summary>
    [TearDown]
    public void EndTracers()
    {
        _tracers.ForEach(pid => NativeMethods.Kill(pid, Signal.SIGKILL));
        _tracers.Clear();
    }

    [OneTimeTearDown]
    public void Remove() => _programs.Dispose();

    [Test]
    public void Everybody_else_is_served_while_three_of_them_end_and_each_has_one_record()
    {
        const int Count = 3;
        using Daemon daemon = Start(Traced("stop_grace = '3s'\n", "stubborn"), ("han", Listen + TomlText.ExecShell("echo hello")));
        Client[] clients = [.. Enumerable.Range(0, Count).Select(_ => daemon.Connect("traced"))];
        int[] tracers = [.. clients.Select(client => TracedProgram.TracerOf(client.ReadLine()))];

        int served = 0;
        while (daemon.Log.Count(line => line.Is("end", "traced")) < Count)
        {
            using Client other = daemon.Connect("han");
            Assert.That(other.ReadToEnd(), Is.EqualTo("hello\n"));
            Assert.That(ConsoleSocket.Ask(daemon, Status).GetProperty("ok").GetBoolean(), Is.True);
            served++;
        }

        Assert.That(served, Is.Positive, "while KILL was awaited");
        LogLine[] ends = daemon.WaitFor(line => line.Is("end", "traced"), Count, "each has its record");
        Assert.That(ends.Select(end => (end["exit"], end["orphans"], end.Reason)), Is.All.EqualTo(("3", "1", (string?)null)));
        Assert.That(clients.Select(client => client.ReadToEnd()), Is.All.Empty, "each client sees the end");
        Assert.That(tracers.Where(ProcFs.IsRunning), Is.Empty);
        ProcFs.WaitUntilAtRest(daemon.Pid);
        Assert.That(daemon.Stop(), Is.Zero);
        Assert.That(daemon.Records(), Has.Length.EqualTo(Count + served));
        Array.ForEach(clients, client => client.Dispose());
    }

    /// <summary>
    /// All handlers are alive when each makes a tracer with a session of its own, so that without cgroups any of them may have made it, and
    /// so may the busy handler of a service that keeps its orphans.
    /// </summary>
    [TestCase(false, TestName = "Tracers_that_any_of_several_handlers_may_have_made_end_with_the_last_of_them")]
    [TestCase(true, TestName = "A_tracer_ends_though_a_service_that_keeps_its_orphans_may_have_made_it")]
    public void Tracers_that_others_may_have_made_end(bool isBesideKeeper)
    {
        const int Count = 6;
        using Daemon daemon = Start(
            Traced("stop_grace = '300ms'\n", "waits", "apart"),
            ("keeper", AsNobody + "orphans = 'keep'\nstop_grace = '300ms'\n" + TomlText.ExecShell("echo up; while :; do :; done")));
        using Client? keeper = isBesideKeeper ? daemon.Connect("keeper") : null;
        Assert.That(keeper?.ReadLine(), Is.Null.Or.EqualTo("up"));
        Client[] clients = [.. Enumerable.Range(0, Count).Select(_ => daemon.Connect("traced"))];
        _ = daemon.WaitFor(line => line.Is("accept", "traced"), Count, "all handlers are alive");

        Array.ForEach(clients, client => client.Send("x"));
        int[] tracers = [.. clients.Select(client => AddTracer(client.ReadLine()))];

        LogLine[] ends = daemon.WaitFor(line => line.Is("end", "traced"), Count, "each has its record");
        Assert.That(ends.Select(end => end["exit"]), Is.All.EqualTo("3"));
        Patience.Until(() => !tracers.Any(ProcFs.IsRunning), "no tracer is left");
        Assert.That(daemon.Stop(), Is.Zero);
        Array.ForEach(clients, client => client.Dispose());
    }

    [TestCase("stop_grace = '200ms'\n", "stubborn", Signal.SIGTERM, TestName = "TERM_ends_superd")]
    [TestCase("stop_grace = '1000s'\n", "stubborn", NativeMethods.SIGQUIT, TestName = "QUIT_ends_superd")]
    [TestCase("orphans = 'keep'\n", "apart", Signal.SIGTERM, TestName = "TERM_ends_superd_though_the_tracer_may_stay")]
    [TestCase("orphans = 'keep'\n", "apart", NativeMethods.SIGQUIT, TestName = "QUIT_ends_superd_though_the_tracer_may_stay")]
    public void Signals_end_superd(string keys, string tracer, int signal)
    {
        using Daemon daemon = Start(Traced(keys, tracer));
        using Client client = daemon.Connect("traced");
        AddTracer(client.ReadLine());
        Patience.Until(() => !ProcFs.IsRunning(daemon.HandlerOf(client)), "the handler has ended");

        daemon.Signal(signal);

        Assert.That(daemon.WaitForExit(), Is.Zero);
    }

    [Test]
    public void What_may_stay_does_and_the_record_comes_when_it_lets_go()
    {
        using Daemon daemon = Start(Traced("orphans = 'keep'\n", "apart"), ("han", Listen + TomlText.ExecShell("echo hello")));
        using Client client = daemon.Connect("traced");
        int tracer = AddTracer(client.ReadLine());

        Assert.That(client.ReadToEnd(), Is.Empty, "the client waits for the handler's own process only");

        LogLine held = daemon.WaitFor("handler_held", "traced");
        Assert.That((held.Number("tracer"), held.Number("pid")), Is.EqualTo((tracer, daemon.HandlerOf(client))));
        ProcFs.WaitUntilAtRest(daemon.Pid);
        using Client other = daemon.Connect("han");
        Assert.That(other.ReadToEnd(), Is.EqualTo("hello\n"));
        Assert.That(ProcFs.IsRunning(tracer), Is.True, "it may stay");
        Assert.That(daemon.Log.Where(line => line.Is("end", "traced")), Is.Empty);

        Assert.That(NativeMethods.Kill(tracer, Signal.SIGKILL), Is.Zero);

        Assert.That(daemon.WaitFor("end", "traced")["exit"], Is.EqualTo("3"));
        Assert.That(daemon.Stop(), Is.Zero);
        Assert.That(daemon.Records(), Has.Length.EqualTo(2));
        Assert.That(daemon.Log.Count(line => line.Event == "handler_held"), Is.EqualTo(1));
    }

    [Test]
    public void Superds_next_version_goes_on_with_them()
    {
        using Daemon daemon = Start(Traced("orphans = 'keep'\n", "apart"));
        using Client client = daemon.Connect("traced");
        int tracer = AddTracer(client.ReadLine());
        Patience.Until(() => !ProcFs.IsRunning(daemon.HandlerOf(client)), "the handler has ended");

        daemon.Upgrade();

        Assert.That(ProcFs.IsRunning(tracer), Is.True, "it may stay");
        int connections = ConsoleSocket.Ask(daemon, Status).GetProperty("server").GetProperty("connections").GetInt32();
        Assert.That(connections, Is.EqualTo(1), string.Join('\n', daemon.Log));
        Assert.That(NativeMethods.Kill(tracer, Signal.SIGKILL), Is.Zero);
        Assert.That(daemon.WaitFor("end", "traced")["exit"], Is.EqualTo("3"));
        Assert.That(daemon.Stop(), Is.Zero);
        Assert.That(daemon.Records(), Has.Length.EqualTo(1));
    }

    private (string Name, string Toml) Traced(string keys, params string[] arguments) =>
        ("traced", AsNobody + keys + $"exec = {TomlText.Of([_program, .. arguments])}\n");

    private int AddTracer(string line)
    {
        int tracer = TracedProgram.TracerOf(line);
        _tracers.Add(tracer);
        return tracer;
    }

    private Daemon Start(params (string Name, string Toml)[] services)
    {
        var options = new DaemonOptions { Top = "shutdown_grace = '200ms'" };
        if (withCgroups)
        {
            return Daemon.Start(options, services);
        }

        // Another user may not create cgroups. superd creates the console's socket in the directory.
        var directory = new TempDir();
        File.SetUnixFileMode(directory.Path, (UnixFileMode)0b111_111_111);
        string[] asUser = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"];
        return Daemon.Start(options with { Wrapper = asUser, Directory = directory }, services);
    }
}
