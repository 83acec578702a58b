using System.Globalization;
using System.Text.Json;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Ending;

/// <summary>
/// A process that holds the kernel's lock on a socket or pipe it shares with superd blocks the loop for two seconds, then is killed.
/// </summary>
[TestFixture("cgroups", "root", TestName = "Held loops with cgroups")]
[TestFixture("subreaper", "root", TestName = "Held loops as a subreaper")]
[TestFixture("subreaper", "nobody", TestName = "Held loops as an ordinary user")]
public sealed class HeldLoopTests(string means, string user)
{
    private const string List = """{"command":"connections"}""";

    private readonly TempDir _programs = new();
    private readonly List<int> _holders = [];
    private EndingMeans _means = null!; // set before each test
    private (string Program, string Device) _holder; // set before each test

    [SetUp]
    public void Compile()
    {
        _means = EndingMeans.Take(means, user);
        _holder = HoldingProgram.Compile(_programs, user);
    }

    [TearDown]
    public void EndHolders()
    {
        _holders.ForEach(pid => NativeMethods.Kill(pid, Signal.SIGKILL));
        _holders.Clear();
        _means?.Dispose(); // null if the test was skipped
    }

    [OneTimeTearDown]
    public void Remove() => _programs.Dispose();

    [TestCase("graceful")]
    [TestCase("immediate")]
    public void A_list_of_connections_finds_them_one_after_the_other_and_others_are_served(string close)
    {
        const int Count = 3;
        using Daemon daemon = Start($"close = '{close}'\n", "socket");
        Client[] clients = [.. Enumerable.Range(0, Count).Select(_ => daemon.Connect("holder"))];
        _ = daemon.WaitFor(line => line.Is("accept", "holder"), Count, "the list has them all"); // a handler may run before superd knows
        Array.ForEach(clients, Hold);

        JsonElement reply = ConsoleSocket.Ask(daemon, List);

        Assert.That(reply.GetProperty("ok").GetBoolean(), Is.True);
        AssertOthersAreServed(daemon);
        LogLine[] ends = daemon.WaitFor(line => line.Is("end", "holder"), Count, "each has its record");
        Assert.That(ends.Select(end => (end["signal"], end.Reason)), Is.All.EqualTo(("KILL", "held_loop")));
        AssertEnds(daemon, records: Count + 1);
        Array.ForEach(clients, client => client.Dispose());
    }

    [Test]
    public void A_time_limit_finds_it()
    {
        using Daemon daemon = Start("idle_timeout = '1s'\n", "socket");
        using Client client = daemon.Connect("holder");
        Hold(client);

        Assert.That(daemon.WaitFor("end", "holder").Reason, Is.EqualTo("held_loop"));
        AssertOthersAreServed(daemon);
        AssertEnds(daemon, records: 2);
    }

    [Test]
    public void What_it_writes_to_its_stderr_finds_it()
    {
        using Daemon daemon = Start("stderr = 'log'\n", "stderr");
        using Client client = daemon.Connect("holder");

        Assert.That(daemon.WaitFor("end", "holder").Reason, Is.EqualTo("held_loop"));
        AssertOthersAreServed(daemon);
        AssertEnds(daemon, records: 2);
    }

    [Test]
    public void A_child_that_may_stay_is_killed_too()
    {
        using Daemon daemon = Start("orphans = 'keep'\n", "child");
        using Client client = daemon.Connect("holder");
        Hold(client);

        // It lets go of the socket before it is dead, and the record does not wait for what may stay.
        Assert.That(daemon.WaitFor("end", "holder")["exit"], Is.EqualTo("3"));
        Patience.Until(() => !_holders.Any(ProcFs.IsRunning), "it is dead");
        AssertOthersAreServed(daemon);
        AssertEnds(daemon, records: 2);
    }

    private Daemon Start(string keys, string argument)
    {
        var directory = new TempDir();
        if (user != "root")
        {
            File.SetUnixFileMode(directory.Path, (UnixFileMode)0b111_111_111); // superd creates the console's socket in it
        }

        return Daemon.Start(
            new DaemonOptions { Wrapper = _means.Wrapper, Directory = directory },
            ("holder", $"listen = '127.0.0.1:0'\n{keys}exec = {TomlText.Of([_holder.Program, argument, _holder.Device])}\n"),
            ("han", "listen = '127.0.0.1:0'\n" + TomlText.ExecShell("echo hello")));
    }

    /// <summary>Makes a client's handler sleep in recv(2) while it holds the socket's lock.</summary>
    private void Hold(Client client)
    {
        int holder = int.Parse(client.ReadLine().Split(' ')[1], CultureInfo.InvariantCulture);
        _holders.Add(holder);
        client.Send("x");
        Patience.Until(() => !ProcFs.IsRunning(holder) || IsInReceive(holder), "it holds the socket");
    }

    /// <summary>Whether it sleeps there: a process that has merely lost the CPU in that call does not hold the lock yet.</summary>
    private static bool IsInReceive(int pid) =>
        SleepingCall.Of($"/proc/{pid}") is { } call && call.Text.AsSpan().StartsWith("45 ") && ProcFs.Stat(pid, 3) != "R";

    private static void AssertOthersAreServed(Daemon daemon)
    {
        using Client other = daemon.Connect("han");
        Assert.That(other.ReadToEnd(), Is.EqualTo("hello\n"));
    }

    private static void AssertEnds(Daemon daemon, int records)
    {
        daemon.WaitFor("end", "han");
        Assert.That(daemon.Stop(), Is.Zero);
        Assert.That(daemon.Records(), Has.Length.EqualTo(records));
    }
}
