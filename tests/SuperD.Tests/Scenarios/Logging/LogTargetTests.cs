using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Logging;

/// <summary>superd's log in a file, in the journal and in syslog, as the whole daemon writes it.</summary>
public sealed class LogTargetTests
{
    private const string Cat = "listen = '127.0.0.1:0'\nexec = '/bin/cat'\n";

    private TempDir _directory = null!; // set before each test

    [SetUp]
    public void Prepare() => _directory = new TempDir();

    [TearDown]
    public void Clean_up() => _directory.Dispose();

    [Test]
    public void A_log_file_may_be_renamed_and_is_begun_anew_at_SIGUSR1()
    {
        string path = _directory["superd.log"];
        string old = _directory["superd.log.1"];
        using Daemon daemon = Start($"file:{path}");
        Patience.Until(() => Lines(path).Any(line => line.Event == "ready"), "superd is ready");

        File.Move(path, old);
        Serve(Lines(old));
        Patience.Until(() => Lines(old).Any(line => line.Event == "end"), "until the signal lines go to the renamed file");
        daemon.Signal(SuperD.Linux.Signal.SIGUSR1);
        Patience.Until(() => File.Exists(path) && Lines(path).Any(line => line.Event == "log_reopened"), "the file is opened again");
        Serve(Lines(old));

        Assert.That(daemon.Stop(), Is.Zero);
        Assert.That(Lines(old).Select(line => line.Event), Does.Contain("start").And.Contain("end").And.Not.Contain("stop"));
        Assert.That(Lines(path).Select(line => line.Event), Does.Contain("accept").And.Contain("end"));
        Assert.That(Lines(path)[^1].Event, Is.EqualTo("stop"));
        Assert.That(daemon.Log, Is.Empty, "nothing goes to standard error");
    }

    [Test]
    public void A_relative_log_file_stands_beside_superd_toml()
    {
        using Daemon daemon = Start("file:own.log");
        Patience.Until(() => Lines(daemon.Directory["own.log"]).Any(line => line.Event == "ready"), "superd is ready");

        Assert.That(daemon.Stop(), Is.Zero);
        Assert.That(Lines(daemon.Directory["own.log"])[^1].Event, Is.EqualTo("stop"));
    }

    [Test]
    public void SIGUSR1_is_harmless_where_there_is_nothing_to_open_again()
    {
        using Daemon daemon = Daemon.Start(("cat", Cat));

        daemon.Signal(SuperD.Linux.Signal.SIGUSR1);

        Assert.That(daemon.WaitFor(line => line.Event == "log_reopened", "it is logged")["target"], Is.EqualTo("stderr"));
        Assert.That(daemon.Stop(), Is.Zero);
    }

    [Test]
    public void A_log_file_that_cannot_be_written_does_not_keep_superd_from_serving()
    {
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Log = Keys("file:/nowhere/at/all.log"), WaitsForReady = false }, ("cat", Cat));

        _ = daemon.WaitFor(line => line.Event == "ready", "superd is ready, and says so on standard error");
        using Client client = daemon.Connect("cat");
        Assert.That(client.Send("up\n").ReadLine(), Is.EqualTo("up"));
        Assert.That(
            daemon.Log[0].Raw, Does.StartWith("superd: cannot write to the log target /nowhere/at/all.log: No such file or directory"));
        Assert.That(
            daemon.Log.Where(line => line.Event == "configuration_problem").Select(line => line.Message),
            Has.One.Contains("there is no directory \"/nowhere/at\""));
    }

    [Test]
    public void The_journal_gets_the_life_of_a_connection_in_fields()
    {
        using DatagramInbox journal = Journal();
        using Daemon daemon = Start(
            "journal", InNamespace("mount -t tmpfs tmpfs /run && mkdir -p /run/systemd && ln -s \"$0\" /run/systemd/journal"));
        Serve(PortIn(journal));

        string accept = journal.Next(record => record.Contains("\nSUPERD_EVENT=accept\n"));

        Assert.That(
            accept,
            Does.StartWith("MESSAGE=accept cat conn=1 peer=127.0.0.1:")
                .And.Contain("\nPRIORITY=6\n")
                .And.Contain("\nSUPERD_SERVICE=cat\n")
                .And.Contain("\nSUPERD_PID="));
        Assert.That(
            journal.Next(record => record.Contains("SUPERD_EVENT=end\n")),
            Does.Contain("\nSUPERD_EXIT=0\n")
                .And.Contain("\nSUPERD_BYTES_IN=3\n")
                .And.Contain("\nSUPERD_BYTES_OUT=3\n")
                .And.Contain("\nSUPERD_RTT_MS="));
        Assert.That(daemon.Log, Is.Empty);
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Without_a_target_the_journal_is_taken_where_standard_error_is_its_own(bool isJournal)
    {
        using DatagramInbox journal = Journal();
        string stream = isJournal ? "$(stat -L -c %d:%i /proc/self/fd/2)" : "1:1";
        using Daemon daemon = Daemon.Start(
            new DaemonOptions
            {
                WaitsForReady = !isJournal,
                Wrapper = InNamespace(
                    "mount -t tmpfs tmpfs /run && mkdir -p /run/systemd && ln -s \"$0\" /run/systemd/journal && export "
                        + $"JOURNAL_STREAM={stream}"),
            },
            ("cat", Cat));

        if (isJournal)
        {
            _ = journal.Next(record => record.Contains("\nSUPERD_EVENT=ready\n"));
            Assert.That(daemon.Log, Is.Empty);
        }
        else
        {
            Assert.That(journal.HasMail, Is.False);
        }
    }

    [Test]
    public void Syslog_gets_its_lines_at_dev_log()
    {
        using var syslog = new DatagramInbox(_directory["log"]);
        const string devLog =
            "mkdir \"$0/dev\" && mount -t tmpfs tmpfs \"$0/dev\" && cp -a /dev/null /dev/zero /dev/random /dev/urandom \"$0/dev\" "
            + "&& ln -s \"$0/log\" \"$0/dev/log\" && mount --move \"$0/dev\" /dev";
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Log = "level = 'debug'\ntarget = 'syslog'", WaitsForReady = false, Wrapper = InNamespace(devLog) },
            ("cat", Cat));

        Assert.That(
            syslog.Next(record => record.Contains(" ready ")), Does.Match(@"^<30>... .. ..:..:.. superd\[\d+\]: ready services=1 "));
        Assert.That(daemon.Log, Is.Empty);
    }

    private static string Keys(string target) => $"format = 'json'\nlevel = 'debug'\ntarget = {TomlText.Of(target)}";

    private Daemon Start(string target, string[]? wrapper = null) =>
        Daemon.Start(new DaemonOptions { Log = Keys(target), WaitsForReady = false, Wrapper = wrapper ?? [] }, ("cat", Cat));

    private DatagramInbox Journal() => new(_directory["socket"]);

    /// <summary>A wrapper that gives superd its own mount namespace, prepared by a shell script whose $0 is the test's directory.</summary>
    private string[] InNamespace(string script)
    {
        Needs.Root();
        Needs.Success("unshare", "--mount", "true");
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script + " && exec \"$@\"", _directory.Path];
    }

    private static LogLine[] Lines(string path) =>
        File.Exists(path) ? [.. File.ReadAllText(path).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(LogLine.Parse)] : [];

    private static void Serve(LogLine[] log) => Serve(log.First(line => line.Is("listen", "cat"))["address"]);

    private static string PortIn(DatagramInbox journal)
    {
        string listen = journal.Next(record => record.Contains("\nSUPERD_EVENT=listen\n"));
        return listen.Split('\n').First(line => line.StartsWith("SUPERD_ADDRESS="));
    }

    /// <summary>Makes one connection to the address that ends with a port.</summary>
    private static void Serve(string address)
    {
        using var client = new Client(int.Parse(address.Split(':')[^1]));
        Assert.That(client.Send("up\n").ReadLine(), Is.EqualTo("up"));
        client.EndSending();
        Assert.That(client.ReadToEnd(), Is.Empty);
    }
}
