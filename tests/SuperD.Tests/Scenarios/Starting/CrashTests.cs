using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Starting;

/// <summary>An unexpected exception on each kind of thread: superd exits with one last line, and its handlers continue.</summary>
public sealed class CrashTests
{
    private const string Error = "System.InvalidOperationException: as a bug would,\\x0ain two lines <- System.TimeoutException: the cause";

    private static readonly string s_conversation = "listen = '127.0.0.1:0'\n"
        + TomlText.ExecShell("echo hello; read line; echo bye $line");

    [TestCase("pool", ".NET TP Worker")]
    [TestCase("work", "read a test")]
    [TestCase("timer", ".NET TP Worker")]
    [TestCase("thread", "failure")]
    [TestCase("two", "failure")]
    public void It_ends_with_one_line_that_says_where(string where, string thread)
    {
        using Daemon daemon = StartToFail("format = 'json'\nlevel = 'debug'");
        using Client client = daemon.Connect("talk");
        Assert.That(client.ReadLine(), Is.EqualTo("hello"));

        daemon.Directory.Write("fail", where);

        Assert.That(daemon.WaitForExit(), Is.EqualTo(70)); // this also checks that every line is JSON: the runtime added none
        LogLine last = daemon.Log[^1];
        Assert.That((last.Event, last.Level, last["exit_code"]), Is.EqualTo(("crash", "crit", "70")));
        Assert.That(daemon.Log.Count(line => line.Level == "crit"), Is.EqualTo(1));
        Assert.That(last["thread"], Is.EqualTo(thread));
        Assert.That(last["error"], Is.EqualTo(Error));
        Assert.That(last["stack"], Does.StartWith("StartupHook.Throw()"));
        AssertLeftAlone(daemon, client);
    }

    [Test]
    public void On_the_loop_it_is_the_same_also_where_it_was_logging()
    {
        using Daemon daemon = StartToFail("format = 'json'\ntarget = 'file:superd.log'", waitsForReady: false);
        Patience.Until(() => LogFile(daemon).Contains("\"event\":\"ready\""), "superd is ready");
        FailWithNextLine(daemon, "loop");

        Assert.That(daemon.WaitForExit(), Is.EqualTo(70));

        Assert.That(daemon.Log, Is.Empty, "nothing goes to stderr");
        string[] lines = LogFile(daemon).TrimEnd('\n').Split('\n');
        LogLine last = LogLine.Parse(lines[^1]);
        Assert.That((last.Event, last["thread"]), Is.EqualTo(("crash", "loop")));
        Assert.That(last["error"], Does.EndWith(Error));
        Assert.That(last["stack"], Does.StartWith("StartupHook.Throw()"));
        Assert.That(lines.Count(line => line.Contains("half a record")), Is.EqualTo(1), "what the failing line had written is gone");
    }

    [Test]
    public void On_the_thread_of_the_log_the_line_goes_to_stderr()
    {
        using Daemon daemon = StartToFail("format = 'text'\ntarget = 'file:superd.log'", waitsForReady: false);
        Patience.Until(() => LogFile(daemon).Contains(" ready "), "superd is ready");
        FailWithNextLine(daemon, "log");

        Assert.That(daemon.WaitForExit(), Is.EqualTo(70));

        Assert.That(daemon.Log, Has.Count.EqualTo(1));
        Assert.That(daemon.Log[0].Raw, Does.StartWith($"superd: stop exit=70 thread=\"log\" error=\"{Error}\" at=\"StartupHook.Throw()"));
    }

    [Test]
    public void A_log_that_is_stuck_does_not_keep_it_from_ending_and_the_line_goes_to_stderr()
    {
        var directory = new TempDir(); // the daemon disposes it
        directory.Write("superd.log", "");
        using var hung = new HungFile(directory["superd.log"]);
        using Daemon daemon = StartToFail("format = 'text'\ntarget = 'file:superd.log'", waitsForReady: false, directory);
        Patience.Until(() => File.Exists(directory["control.sock"]), "superd is ready");

        directory.Write("fail", "work");

        Assert.That(daemon.WaitForExit(), Is.EqualTo(70));
        Assert.That(daemon.Log.Single().Raw, Does.StartWith("superd: stop exit=70 thread=\"read a test\""));
    }

    private static Daemon StartToFail(string log, bool waitsForReady = true, TempDir? directory = null) => Daemon.Start(
        new DaemonOptions
        {
            Executable = SuperdProgram.JitPath,
            Log = log,
            WaitsForReady = waitsForReady,
            Directory = directory,
            Environment = new() { ["DOTNET_STARTUP_HOOKS"] = typeof(CrashTests).Assembly.Location },
        },
        ("talk", s_conversation));

    private static void FailWithNextLine(Daemon daemon, string thread)
    {
        daemon.Directory.Write("fail", thread);
        Patience.Until(
            () =>
            {
                daemon.SignalIfThere(NativeMethods.SIGHUP); // makes the loop log something, until it fails
                return !ProcFs.IsRunning(daemon.Pid);
            },
            "superd ends");
    }

    private static string LogFile(Daemon daemon)
    {
        string path = daemon.Directory["superd.log"];
        return File.Exists(path) ? File.ReadAllText(path) : string.Empty;
    }

    /// <summary>As after a KILL: the handler gets no signal, and its client's connection stays open.</summary>
    private static void AssertLeftAlone(Daemon daemon, Client client)
    {
        Assert.That(client.Send("friend\n").ReadToEnd(), Is.EqualTo("bye friend\n"));
        Assert.That(Directory.EnumerateFiles(daemon.Directory.Path, "core*"), Is.Empty);
    }
}
