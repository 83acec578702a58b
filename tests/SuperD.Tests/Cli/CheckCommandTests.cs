using System.Text.Json;
using NUnit.Framework;
using SuperD.Ending;
using SuperD.Tests.Support;

namespace SuperD.Tests.Cli;

/// <summary>superd check, run as a process.</summary>
public sealed class CheckCommandTests
{
    // user is set explicitly so that the test means the same for every user.
    private static readonly string s_good = $"listen = 0\nexec = \"/bin/cat\"\nuser = \"{Environment.UserName}\"\n";

    private TempDir _directory = null!;

    /// <summary>What holds a good service.</summary>
    private static readonly string s_held =
        $": user {Environment.UserName}, no sandbox, network, {(ProcessTreesChoice.Foresee().StartsWith("cgroup") ? "" : "no ")}cgroup\n";

    private static string OrphanMeans => $"superd.toml: orphans would be found by {ProcessTreesChoice.Foresee()}\n";

    [SetUp]
    public void MakeFiles()
    {
        _directory = new TempDir();
        _directory.Write("superd.toml", "");
        _directory.Write("services.d/a.toml", s_good);
    }

    [TearDown]
    public void DeleteFiles() => _directory.Dispose();

    [Test]
    public void A_good_configuration_is_the_means_for_orphans_one_summary_line_and_exit_0()
    {
        ProgramResult result = SuperdProgram.Run(_directory.Path, "check");
        Assert.That(
            (result.ExitCode, result.StandardOutput, result.StandardError),
            Is.EqualTo((0, OrphanMeans + "a" + s_held + "superd.toml: 1 service, 0 errors, 0 warnings\n", "")));
    }

    [Test]
    public void Problems_are_lines_with_their_places_then_the_summary_and_exit_78()
    {
        _directory.Write("services.d/b.toml", s_good + "nice = 99");
        ProgramResult result = SuperdProgram.Run(_directory.Path, "check");
        Assert.That(result.ExitCode, Is.EqualTo(78));
        Assert.That(result.StandardOutput, Is.EqualTo(
            "services.d/b.toml:4:8: error: nice must be from -20 to 19, found 99; delete the line for the default, superd's own\n"
            + OrphanMeans
            + "a" + s_held
            + "superd.toml: 1 service, 1 error, 0 warnings\n"));
    }

    [Test]
    public void A_warning_alone_exits_0()
    {
        _directory.Write("services.d/b.toml", s_good + "umask = 22");
        ProgramResult result = SuperdProgram.Run(_directory.Path, "check");
        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(result.StandardOutput, Does.EndWith("superd.toml: 2 services, 0 errors, 1 warning\n"));
    }

    [Test]
    public void A_bad_superd_toml_has_no_services_in_its_summary()
    {
        _directory.Write("superd.toml", "x = 1");
        Assert.That(SuperdProgram.Run(_directory.Path, "check").StandardOutput, Does.EndWith("superd.toml: 1 error, 0 warnings\n"));
    }

    [TestCase("check", "-c", "other/superd.toml")]
    [TestCase("check", "--config", "other/superd.toml")]
    [TestCase("-c", "other/superd.toml", "check")]
    public void The_file_may_be_given_before_or_after_the_command(params string[] arguments)
    {
        _directory.Write("other/superd.toml", "x = 1");
        _directory.Write("other/services.d/b.toml", "x = 1\n" + s_good);
        ProgramResult result = SuperdProgram.Run(_directory.Path, arguments);
        Assert.That(
            result.StandardOutput, Does.Contain("other/superd.toml:1:1: error: ").And.Contain("other/services.d/b.toml:1:1: error: "));
    }

    [Test]
    public void Strict_modes_that_are_off_are_told()
    {
        _directory.Write("superd.toml", "strict_modes = false");
        ProgramResult result = SuperdProgram.Run(_directory.Path, "check");
        Assert.That(
            result.StandardOutput,
            Does.Contain(
                "\nsuperd.toml: strict modes are off: as root, superd trusts the files of its services no matter who can change them\n")
                .And.EndWith(" 0 errors, 0 warnings\n"));
        Assert.That(SuperdProgram.Run(_directory.Path, "check", "--json").StandardOutput, Does.Contain("\"strict_modes\": false"));
    }

    [TestCase("mkfifo superd.toml", "is a FIFO, not a regular file")]
    [TestCase("ln -s /dev/zero superd.toml", "is a device, not a regular file")]
    public void A_superd_toml_that_is_no_file_is_refused_at_once(string make, string why)
    {
        File.Delete(_directory["superd.toml"]);
        Tool.Run("sh", "-c", $"cd {_directory.Path} && {make}");
        ProgramResult result = SuperdProgram.Run(_directory.Path, "check");
        Assert.That(
            (result.ExitCode, result.StandardOutput),
            Is.EqualTo(
                (78, $"superd.toml: error: {why}; remove or rename it, or put a file in its place\nsuperd.toml: 1 error, 0 warnings\n")));
    }

    [Test]
    public void A_file_that_is_not_there_is_a_problem_of_the_configuration()
    {
        ProgramResult result = SuperdProgram.Run(_directory.Path, "check", "-c", "nope.toml");
        Assert.That(
            (result.ExitCode, result.StandardOutput),
            Is.EqualTo((78, "nope.toml: error: cannot be read: No such file or directory (errno 2)\nnope.toml: 1 error, 0 warnings\n")));
    }

    [Test]
    public void Without_any_configuration_the_user_is_told_what_to_do()
    {
        Assume.That("/etc/superd/superd.toml", Does.Not.Exist);
        ProgramResult result = SuperdProgram.Run(_directory["services.d"], "check");
        Assert.That((result.ExitCode, result.StandardOutput, result.StandardError), Is.EqualTo(
            (
                78,
                "",
                "superd: there is no configuration: neither ./superd.toml nor /etc/superd/superd.toml exists; 'superd init' writes one "
                    + "here, or name it with -c FILE\n")));
    }

    [Test]
    public void Json_is_one_document_with_the_same_facts()
    {
        _directory.Write("services.d/b.toml", s_good + "nice = 99");
        _directory.MakeDirectory("services.d/c.toml");
        ProgramResult result = SuperdProgram.Run(_directory.Path, "check", "--json");
        Assert.That(result.ExitCode, Is.EqualTo(78));
        JsonElement report = JsonDocument.Parse(result.StandardOutput).RootElement;
        Assert.That(
            (report.GetProperty("file").GetString(), report.GetProperty("errors").GetInt32(), report.GetProperty("warnings").GetInt32()),
            Is.EqualTo(("superd.toml", 2, 0)));
        Assert.That(report.GetProperty("services").EnumerateArray().Select(service => service.GetString()), Is.EqualTo(["a"]));
        JsonElement first = report.GetProperty("diagnostics")[0], second = report.GetProperty("diagnostics")[1];
        Assert.That(
            (
                first.GetProperty("severity").GetString(),
                first.GetProperty("file").GetString(),
                first.GetProperty("line").GetInt32(),
                first.GetProperty("column").GetInt32(),
                first.GetProperty("length").GetInt32()),
            Is.EqualTo(("error", "services.d/b.toml", 4, 8, 2)));
        Assert.That(first.GetProperty("message").GetString(), Does.StartWith("nice must be from -20 to 19"));
        Assert.That(second.GetProperty("line").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public void Json_of_a_superd_toml_that_cannot_start_has_no_services()
    {
        _directory.Write("superd.toml", "x = 1");
        JsonElement report = JsonDocument.Parse(SuperdProgram.Run(_directory.Path, "check", "--json").StandardOutput).RootElement;
        Assert.That(report.GetProperty("services").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public void Into_a_pipe_there_are_no_colours()
    {
        _directory.Write("services.d/b.toml", s_good + "nice = 99");
        Assert.That(
            SuperdProgram.Run(_directory.Path, new Dictionary<string, string?> { ["TERM"] = "xterm" }, "check").StandardOutput,
            Does.Not.Contain("\e"));
    }

    [TestCase("xterm", "", true)]
    [TestCase("xterm", "1", false)]
    [TestCase("dumb", "", false)]
    public void On_a_terminal_the_severity_is_coloured_unless_it_is_unwanted(string terminal, string noColour, bool coloured)
    {
        Needs.Program("script");
        _directory.Write("services.d/b.toml", s_good + "nice = 99");
        ProgramResult script = RunningProgram.RunToEnd(
            "script",
            ["-qec", $"{SuperdProgram.Path} check", "/dev/null"],
            _directory.Path,
            [new("TERM", terminal), new("NO_COLOR", noColour)]);
        Assert.That(script.StandardOutput, coloured ? Does.Contain(": \e[1;31merror:\e[0m nice") : Does.Contain(": error: nice"));
    }

    [Test]
    public void Nothing_is_bound_and_nothing_is_run()
    {
        _directory.Write("handler", $"#!/bin/sh\ntouch {_directory["ran"]}\n", "755");
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        _directory.Write(
            "services.d/a.toml", $"listen = \"{taken.LocalEndpoint}\"\nexec = \"../handler\"\nuser = \"{Environment.UserName}\"");
        Assert.That(SuperdProgram.Run(_directory.Path, "check").ExitCode, Is.Zero);
        Assert.That(_directory["ran"], Does.Not.Exist);
    }

    [Test]
    public void Files_that_are_not_read_are_named_once_as_a_note()
    {
        foreach (string name in (string[])["a.conf", "b", "UPPER.TOML", "a.toml~", "a.toml.bak", ".hidden"])
        {
            _directory.Write($"services.d/{name}", "x = 1");
        }

        _directory.MakeDirectory("services.d/directory");
        _directory.Write("services.d/program", "#!/bin/sh\n", "755");
        _directory.Write("services.d/friends", "192.0.2.1\n");
        _directory.Write("services.d/hello", "hello\n");
        _directory.Write("services.d/x.py", "print(1)\n");
        _directory.Write(
            "services.d/c.toml",
            $"{s_good.Replace("\"/bin/cat\"", $"[\"/bin/cat\", \"{_directory["services.d/x.py"]}\"]")}only_from = \"@friends\"\n"
                + "banner = { file = \"hello\" }");

        ProgramResult result = SuperdProgram.Run(_directory.Path, "check");

        Assert.That((result.ExitCode, result.StandardOutput), Is.EqualTo(
            (
                0,
                "services.d: note: not read, because a service is a file NAME.toml in this directory: \"UPPER.TOML\", \"a.conf\", "
                    + "\"a.toml.bak\", \"a.toml~\", \"b\"\n"
                    + $"{OrphanMeans}a{s_held}c{s_held}superd.toml: 2 services, 0 errors, 0 warnings\n")));
        JsonElement report = JsonDocument.Parse(SuperdProgram.Run(_directory.Path, "check", "--json").StandardOutput).RootElement;
        Assert.That(report.GetProperty("unread").GetArrayLength(), Is.EqualTo(5));
    }

    [Test]
    public void Service_files_in_other_places_are_named_too()
    {
        _directory.Write("services.d/sub/x.toml", s_good);
        _directory.Write("services.d/app/pyproject.toml", "[project]\nname = \"app\"\n");
        _directory.Write("greet.toml", s_good);
        _directory.Write("other.toml", "[log]\nlevel = \"debug\"\n");

        Assert.That(SuperdProgram.Run(_directory.Path, "check").StandardOutput, Does.StartWith(
            "services.d: note: not read, because a service is a file NAME.toml in this directory: \"sub/x.toml\", \"../greet.toml\"\n"));
        Assert.That(SuperdProgram.Run(_directory.Path, "try", "greet").StandardError, Does.Contain("\"../greet.toml\"\n"));
    }

    [Test]
    public void A_file_that_is_not_there_is_not_to_be_renamed()
    {
        Assert.That(SuperdProgram.Run(_directory.Path, "check", "nofile").StandardOutput, Does.Contain(
            "nofile: error: there is no such file; name a service file, NAME.toml\n"));
        Assert.That(SuperdProgram.Run(_directory.Path, "check", "services.d/a").StandardOutput, Does.Contain(
            "error: there is no such file; did you mean \"services.d/a.toml\"?\n"));
    }

    [Test]
    public void A_single_file_is_checked_alone_with_the_defaults_of_superd_toml()
    {
        _directory.Write("superd.toml", "[defaults]\ninstances = 40");
        _directory.Write("services.d/b.toml", "nonsense = 1");
        _directory.Write("new/c.toml", s_good + "instances = 0");

        ProgramResult result = SuperdProgram.Run(_directory.Path, "check", "new/c.toml", "services.d/a.toml");

        Assert.That(result.ExitCode, Is.EqualTo(78));
        Assert.That(result.StandardOutput, Does.Match(
            "\\Anew/c.toml:4:13: error: instances must be 1 or more, found 0; delete the line to inherit 40 from .defaults.\n"
            + "a: user .*, no sandbox, network, .*\n2 files, 1 error, 0 warnings\n\\z"));
        Assert.That(SuperdProgram.Run(_directory.Path, "check", "services.d/a.toml").ExitCode, Is.Zero);
    }

    [Test]
    public void A_single_file_meets_the_services_that_are_there_but_takes_the_place_of_its_own()
    {
        string listen = s_good.Replace("listen = 0", "listen = 11099");
        _directory.Write("services.d/a.toml", listen);
        _directory.Write("new/a.toml", listen);
        _directory.Write("new/b.toml", listen);
        Assert.That(
            SuperdProgram.Run(_directory.Path, "check", "new/a.toml").StandardOutput,
            Does.Match("\\Aa: user .*\n1 file, 0 errors, 0 warnings\n\\z"));
        Assert.That(
            SuperdProgram.Run(_directory.Path, "check", "new/b.toml").StandardOutput,
            Does.StartWith("new/b.toml:1:10: error: ").And.Contain("services.d/a.toml:1:10"));
    }

    [Test]
    public void A_single_file_needs_no_superd_toml()
    {
        Assume.That("/etc/superd/superd.toml", Does.Not.Exist);
        File.Delete(_directory["superd.toml"]);
        Assert.That(
            SuperdProgram.Run(_directory.Path, "check", "services.d/a.toml").StandardOutput,
            Does.Match("\\Aa: user .*\n1 file, 0 errors, 0 warnings\n\\z"));
    }

    [TestCase("services.d/none.toml", "services.d/none.toml: error: cannot be read: No such file or directory (errno 2)")]
    [TestCase("a.conf", "a.conf: error: superd would not read it: a service file is called NAME.toml; rename it")]
    [TestCase("other/superd.toml", "other/superd.toml:1:1: error: unknown key")]
    public void A_single_file_that_is_no_service_is_an_error(string file, string problem)
    {
        _directory.Write("a.conf", s_good);
        _directory.Write("other/superd.toml", "nonsense = 1");
        ProgramResult result = SuperdProgram.Run(_directory.Path, "check", file);
        Assert.That(result.ExitCode, Is.EqualTo(78));
        Assert.That(result.StandardOutput, Does.StartWith(problem));
    }

    [Test]
    public void Json_of_a_single_file_has_its_problems_alone()
    {
        _directory.Write("services.d/b.toml", "nonsense = 1");
        JsonElement report = JsonDocument.Parse(
            SuperdProgram.Run(_directory.Path, "check", "--json", "services.d/a.toml").StandardOutput).RootElement;
        Assert.That(
            (
                report.GetProperty("file").GetString(),
                report.GetProperty("errors").GetInt32(),
                report.GetProperty("services").GetArrayLength()),
            Is.EqualTo(("services.d/a.toml", 0, 1)));
    }
}
