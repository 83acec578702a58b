using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Starting;

/// <summary>How superd handles configuration errors at its start.</summary>
public sealed class StartTests
{
    private const string Good = "listen = \"127.0.0.1:0\"\nexec = [\"/bin/echo\", \"hello\"]\n", Bad = Good + "instances = -3\n";
    private const string BadLine = "services.d/bad.toml:3:13: error: instances must be 1 or more, found -3; ";

    private TempDir _directory = null!; // set before each test

    [SetUp]
    public void MakeDirectory()
    {
        _directory = new TempDir();
        _directory.Write("superd.toml", "[log]\nlevel = \"debug\"\n");
        _directory.Write("services.d/good.toml", Good);
    }

    [TearDown]
    public void DeleteDirectory() => _directory.Dispose();

    [Test]
    public void A_bad_service_file_is_logged_and_the_other_services_run()
    {
        using Daemon daemon = Daemon.Start(("bad", Bad), ("good", Good));

        using Client client = daemon.Connect("good");

        Assert.That(client.ReadToEnd(), Is.EqualTo("hello\n"));
        LogLine problem = daemon.WaitFor(line => line.Event == "configuration_problem" && line.Level == "error", "the error is logged");
        Assert.That(problem.Message, Does.StartWith($"{daemon.Directory.Path}/{BadLine}"));
        Assert.That(daemon.Log.Where(line => line.Event == "listen").Select(line => line["service"]), Is.EqualTo(["good"]));
        LogLine ready = daemon.WaitFor(line => line.Event == "ready", "superd is ready");
        Assert.That(ready.Message, Does.StartWith("ready services=1/2 listeners=1 good=127.0.0.1:"));
        Assert.That((ready["services"], ready["of"]), Is.EqualTo(("1", "2")));
    }

    [Test]
    public void Where_no_service_is_left_this_is_an_error_in_the_log()
    {
        using Daemon daemon = Daemon.Start(("bad", Bad), ("off", Good + "enabled = false\n"));

        LogLine nobody = daemon.WaitFor(line => line.Event == "nothing_served", "superd says that it serves nobody");

        Assert.That(nobody.Level, Is.EqualTo("error"));
        Assert.That((nobody["broken_files"], nobody["disabled"]), Is.EqualTo(("1", "1")));
    }

    [Test]
    public void A_service_that_is_switched_off_is_not_missing()
    {
        using Daemon daemon = Daemon.Start(("good", Good), ("off", Good + "enabled = false\n"));

        LogLine ready = daemon.WaitFor(line => line.Event == "ready", "superd is ready");

        Assert.That(ready.Message, Does.StartWith("ready services=1 listeners=1 good=127.0.0.1:"));
        Assert.That(daemon.Log.Where(line => line.Event == "nothing_served"), Is.Empty);
    }

    [Test]
    public void Strict_does_not_start_with_a_bad_service_file()
    {
        _directory.Write("services.d/bad.toml", Bad);

        ProgramResult run = SuperdProgram.Run(_directory.Path, "run", "--strict");

        string[] lines = run.StandardError.TrimEnd('\n').Split('\n');
        Assert.That(run.ExitCode, Is.EqualTo(78));
        Assert.That(lines, Has.One.StartsWith(BadLine));
        Assert.That(lines[^1], Is.EqualTo("superd: not started: 1 error in the configuration superd.toml"));
    }

    [Test]
    public void Strict_starts_with_good_service_files()
    {
        using var superd = new PlainSuperd(_directory.Path, "--strict");

        Assert.That(superd.WaitFor(" ready "), Does.Contain("services=1"));
        Assert.That(superd.Stop(), Is.Zero);
    }

    [Test]
    public void A_bad_superd_toml_is_told_with_its_places_and_nothing_starts()
    {
        _directory.Write("superd.toml", "shutdown_grace = \"soon\"\nsevices = \"services.d\"\n");

        ProgramResult run = SuperdProgram.Run(_directory.Path, "run");

        string[] lines = run.StandardError.TrimEnd('\n').Split('\n');
        Assert.That(run.ExitCode, Is.EqualTo(78));
        Assert.That(lines, Has.One.StartsWith("superd.toml:1:18: error: "));
        Assert.That(lines, Has.One.StartsWith("superd.toml:2:1: error: ").And.One.Contains("services"));
        Assert.That(lines[^1], Is.EqualTo("superd: not started: 2 errors in the configuration superd.toml"));
    }

    [Test]
    public void A_file_that_is_not_there_is_told_and_nothing_starts()
    {
        ProgramResult run = SuperdProgram.Run(_directory.Path, "run", "-c", "other.toml");

        Assert.That(run.ExitCode, Is.EqualTo(78));
        Assert.That(run.StandardError, Does.StartWith("other.toml: error: cannot be read: No such file or directory"));
    }

    [Test]
    public void Superd_alone_takes_the_superd_toml_of_its_directory_and_says_so()
    {
        using var superd = new PlainSuperd(_directory.Path);

        Assert.That(superd.WaitFor(" start superd "), Does.EndWith($"pid={superd.Pid} config=superd.toml"));
        superd.WaitFor(" listen good address=127.0.0.1:");
        Assert.That(superd.Stop(), Is.Zero);
        Assert.That(superd.Lines[^1], Does.EndWith("stop superd exit=0"));
    }

    [TestCase("run", "--strct")]
    [TestCase("run", "superd.toml")]
    [TestCase("--config")]
    public void A_wrong_command_line_is_told_in_one_line_and_nothing_starts(params string[] arguments)
    {
        ProgramResult run = SuperdProgram.Run(_directory.Path, arguments);

        Assert.That(run.ExitCode, Is.EqualTo(64));
        Assert.That(run.StandardError, Does.Match("^superd: .*\n$"));
    }
}
