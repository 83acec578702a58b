using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Tests.Configuration;
using SuperD.Tests.Importing;
using SuperD.Tests.Support;

namespace SuperD.Tests.Cli;

/// <summary>superd import, run as a process.</summary>
public sealed class ImportCommandTests
{
    private static readonly IEnumerable<string> s_sources = ImportCorpus.Sources;

    private TempDir _directory = null!; // set before each test

    [SetUp]
    public void MakeDirectory() => _directory = new TempDir();

    [TearDown]
    public void DeleteDirectory() => _directory.Dispose();

    [TestCaseSource(nameof(s_sources))]
    public void What_is_written_passes_the_check_on_this_machine(string source)
    {
        string kind = source.Split('/')[0];
        string[] inputs = [.. ImportCorpus.FilesOf(source).Where(file => !file.EndsWith(".service", StringComparison.Ordinal))];
        ProgramResult import = Run(["import", kind, .. inputs, "-o", "new"]);
        LoadResult check = ConfigurationLoader.Load(_directory["new/superd.toml"], ConfigurationFiles.Able);
        Assert.That(check.HasErrors, Is.False, string.Join('\n', check.Diagnostics));

        // Services whose program or user is missing on this machine are set aside and reported.
        string[] aside = [.. Directory.GetFiles(_directory["new/services.d"], "*.off").Select(path => Path.GetFileName(path))];
        Assert.That(aside.Where(file => !import.StandardError.Contains($"services.d/{file}:")), Is.Empty);
        Assert.That(import.ExitCode, Is.EqualTo(aside.Length > 0 ? 1 : 0), import.StandardError);
    }

    [Test]
    public void A_service_that_superd_can_run_is_written_with_its_comments_and_one_that_it_cannot_is_put_aside()
    {
        WriteXinetd(ImportSource.Entry("cps = 5 10") + ImportSource.Entry("server = /no/such/program\nport = 9004", "other"));
        ProgramResult result = Run("import", "xinetd", "xinetd.conf", "-o", "new");
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(
            File.ReadAllText(_directory["new/services.d/test.toml"]),
            Does.StartWith("# From xinetd.conf:1: xinetd's service test\n").And.Contain("\nrate = \"5/s\"\n"));
        Assert.That(_directory["new/services.d/other.toml"], Does.Not.Exist);
        Assert.That(File.ReadAllText(_directory["new/services.d/other.toml.off"]), Does.Contain("exec = \"/no/such/program\""));
        Assert.That(
            result.StandardError,
            Does.Match(@"(?m)^services\.d/other\.toml\.off:\d+: put aside: exec ""/no/such/program"" cannot be run: "));
        Assert.That(
            result.StandardError,
            Does.Contain("superd: 2 services imported, 1 of them put aside; ")
                .And.Contain("superd: next: superd check -c new/superd.toml\n"));
    }

    [Test]
    public void Without_a_directory_everything_goes_to_stdout_and_the_report_to_stderr()
    {
        WriteXinetd(ImportSource.Entry("log_type = SYSLOG daemon"));
        ProgramResult result = Run("import", "xinetd", "xinetd.conf");
        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(
            result.StandardOutput,
            Does.StartWith("#### superd.toml\n").And.Contain("#### services.d/test.toml\n").And.Contain("\nlisten = 9003\n"));
        Assert.That(result.StandardError, Does.StartWith("xinetd.conf:9: note: log_type: all services share one log"));
        Assert.That(Directory.GetFileSystemEntries(_directory.Path), Has.Length.EqualTo(1), "nothing is written");
    }

    [TestCase("/dev/zero", "superd: /dev/zero is a device, not a regular file\n")]
    [TestCase("fifo", "superd: fifo is a FIFO, not a regular file\n")]
    [TestCase("/", "superd: / is a directory, not a regular file\n")]
    [TestCase("huge", "superd: huge is too large, more than 4194304 bytes\n")]
    public void What_is_no_file_of_a_sensible_size_is_refused_at_once(string file, string why)
    {
        Tool.Run("mkfifo", _directory["fifo"]);
        Tool.Run("truncate", "-s", "5M", _directory["huge"]);
        foreach (string kind in (string[])["xinetd", "inetd"])
        {
            ProgramResult result = Run("import", kind, file);
            Assert.That((result.ExitCode, result.StandardError), Is.EqualTo((69, why)));
        }
    }

    [Test]
    public void An_include_of_what_is_no_file_is_told_and_the_rest_is_imported()
    {
        Tool.Run("mkfifo", _directory["fifo"]);
        _directory.MakeDirectory("more");
        Tool.Run("mkfifo", _directory["more/fifo"]);
        _directory.Write("more/good", ImportSource.Entry(""));
        _directory.Write(
            "xinetd.conf",
            $"include /dev/zero\ninclude {_directory["fifo"]}\ninclude /proc/self/mem\nincludedir {_directory["more"]}\n"
                + $"includedir {_directory["fifo"]}\n");
        ProgramResult result = Run("import", "xinetd", "xinetd.conf");
        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(result.StandardError, Does.Contain("xinetd.conf:1: wrong: include: /dev/zero is a device, not a regular file\n")
            .And.Contain($"xinetd.conf:2: wrong: include: {_directory["fifo"]} is a FIFO, not a regular file\n")
            .And.Contain("xinetd.conf:3: wrong: include: /proc/self/mem cannot be read: Input/output error (errno 5)\n")
            .And.Contain($"xinetd skips {_directory["more/fifo"]}, which is no regular file")
            .And.Contain($"xinetd.conf:5: wrong: includedir: {_directory["fifo"]} cannot be read: ")
            .And.Contain("superd: 1 service imported"));
    }

    [Test]
    public void Files_that_include_each_other_without_end_are_read_so_often_and_no_more()
    {
        string file = _directory["xinetd.conf"];
        _directory.Write("xinetd.conf", $"include {file}\ninclude {file}\ninclude {file}\n");
        ProgramResult result = Run("import", "xinetd", file);
        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(result.StandardError, Does.Contain("more than 10000 files are included; the others are not read"));
    }

    [TestCase("cat inetd.conf | SUPERD import inetd /dev/stdin")]
    [TestCase("SUPERD import inetd /dev/stdin < inetd.conf")]
    [TestCase("SUPERD import inetd <(cat inetd.conf)")]
    public void A_pipe_that_the_user_has_connected_is_read(string command)
    {
        _directory.Write("inetd.conf", "echo stream tcp nowait root internal\n");
        string output = Tool.Run("bash", "-c", $"cd {_directory.Path} && {command.Replace("SUPERD", SuperdProgram.Path)} 2>&1");
        Assert.That(output, Does.Contain("superd: 1 service imported"));
    }

    [Test]
    public void Verbose_reports_every_line()
    {
        WriteXinetd(ImportSource.Entry("nice = 10"));
        string[] lines = Run("import", "xinetd", "xinetd.conf", "-v").StandardError.Split('\n');
        Assert.That(
            Enumerable.Range(3, 7).Where(line => !lines.Any(one => one.StartsWith($"xinetd.conf:{line}: ", StringComparison.Ordinal))),
            Is.Empty);
        Assert.That(lines, Has.Some.EqualTo("xinetd.conf:9: nice: nice = 10"));
    }

    [Test]
    public void Nothing_is_overwritten()
    {
        WriteXinetd(ImportSource.Entry("", "one") + ImportSource.Entry("", "two"));
        _directory.Write("new/services.d/two.toml", "mine");
        ProgramResult result = Run("import", "xinetd", "xinetd.conf", "-o", "new");
        Assert.That(
            (result.ExitCode, result.StandardError),
            Is.EqualTo(
                (
                    74,
                    "superd: new/services.d/two.toml is there already; nothing was written: name another directory with -o, or remove "
                        + "it\n")));
        Assert.That(
            Directory.GetFiles(_directory["new"], "*", SearchOption.AllDirectories),
            Is.EqualTo(new[] { _directory["new/services.d/two.toml"] }));
        Assert.That(File.ReadAllText(_directory["new/services.d/two.toml"]), Is.EqualTo("mine"));
    }

    [TestCase("xinetd", "no.conf")]
    [TestCase("inetd", "no.conf")]
    [TestCase("systemd", "no.socket")]
    public void A_file_that_is_not_there_is_told(string kind, string file)
    {
        ProgramResult result = Run("import", kind, file, "-o", "new");
        Assert.That(result.ExitCode, Is.EqualTo(69));
        Assert.That(result.StandardError, Does.StartWith("superd: ").And.Contain(file));
        Assert.That(_directory["new"], Does.Not.Exist);
    }

    [TestCase("xinetd")]
    [TestCase("inetd")]
    [TestCase("systemd")]
    public void A_file_that_is_no_such_configuration_says_so(string kind)
    {
        string file = kind == "systemd" ? "a.socket" : "compose.yaml";
        _directory.Write(file, "services:\n  web:\n    image: nginx\n");
        ProgramResult result = Run("import", kind, $"./{file}", "-o", "new");
        Assert.That(result.ExitCode, Is.EqualTo(65));
        Assert.That(result.StandardError, Does.Match(@$"^superd: \./{file} is no [^:]+: .*\n$"));
        Assert.That(_directory["new"], Does.Not.Exist);
        _directory.Write(file, "\0");
        _directory.Write("a@.service", "");
        Assert.That(Run("import", kind, $"./{file}").ExitCode, Is.EqualTo(65));
    }

    [Test]
    public void A_socket_unit_that_narrows_access_stays_narrow()
    {
        _directory.Write("a.socket", "[Socket]\nListenStream=9003\nAccept=yes\nIPAddressDeny=any\nIPAddressAllow=10.0.0.0/8\n");
        _directory.Write("a@.service", "[Service]\nExecStart=/bin/cat\nStandardInput=socket\nRuntimeMaxSec=30s\n");
        ProgramResult import = Run("import", "systemd", "./a.socket", "-o", "new");
        Assert.That(import.ExitCode, Is.Zero, import.StandardError);
        Assert.That(File.ReadAllText(_directory["new/services.d/a.toml"]), Does.Contain("\nrun_timeout = \"30s\"\n"));
        LoadResult check = ConfigurationLoader.Load(_directory["new/superd.toml"], ConfigurationFiles.Able);
        Assert.That(check.Diagnostics, Is.Empty);
    }

    [Test]
    public void The_dialect_of_inetd_is_chosen()
    {
        _directory.Write("inetd.conf", "finger stream tcp nowait nobody /bin/cat cat 'a b'\n");
        Assert.That(Run("import", "inetd", "inetd.conf").StandardOutput, Does.Contain("exec = [\"/bin/cat\", \"'a\", \"b'\"]"));
        Assert.That(
            Run("import", "inetd", "inetd.conf", "--dialect", "inetutils").StandardOutput,
            Does.Contain("exec = [\"/bin/cat\", \"a b\"]").And.Contain("listen = \"0.0.0.0:79\""));
        Assert.That(Run("import", "inetd", "inetd.conf", "--dialect", "minix").ExitCode, Is.EqualTo(64));
    }

    private void WriteXinetd(string text) => _directory.Write("xinetd.conf", text);

    [Test]
    public void A_unit_in_the_current_directory_is_found_by_its_name()
    {
        _directory.Write("here.socket", "[Socket]\nListenStream=127.0.0.1:9003\nAccept=yes\n");
        _directory.Write("here@.service", "[Service]\nExecStart=/bin/cat\nStandardInput=socket\n");
        ProgramResult result = Run("import", "systemd", "here.socket");
        Assert.That(result.ExitCode, Is.Zero, result.StandardError);
        Assert.That(result.StandardOutput, Does.Contain("#### services.d/here.toml\n# From ./here.socket and ./here@.service\n"));
    }

    [Test]
    public void A_unit_that_is_nowhere_is_looked_for_in_the_current_directory_too()
    {
        ProgramResult result = Run("import", "systemd", "nowhere.socket");
        Assert.That(result.ExitCode, Is.EqualTo(69));
        Assert.That(result.StandardError, Does.EndWith(", or in the current directory\n"));
    }

    [Test]
    public void The_report_says_of_each_service_that_is_off_why()
    {
        WriteXinetd(ImportSource.Entry("disable = yes", "one") + ImportSource.Entry("instances = 0", "two"));
        ProgramResult result = Run("import", "xinetd", "xinetd.conf", "-o", "new");
        Assert.That(
            result.StandardError,
            Does.Contain("services.d/one.toml: enabled = false: disable = yes in line 9\n")
                .And.Contain("services.d/two.toml: enabled = false: instances = 0 (xinetd.conf:19) refuses everybody\n")
                .And.Contain("superd: 2 services imported, 2 of them with enabled = false; "));
    }

    [TestCase("9003 stream tcp nowait nobody tcpd cat\n9004 stream tcp nowait nobody bin/cat cat\n")]
    [TestCase("ab stream tcp nowait nobody /bin/cat cat\n9003 stream tcp nowait nobody /bin/cat cat\n")]
    [TestCase("9003 stream tcp nowait nobody /bin/cat cat\n127.0.0.1:9003 stream tcp nowait nobody /bin/cat cat\n")]
    public void Without_a_directory_the_words_are_those_with_one(string text)
    {
        _directory.Write("inetd.conf", text);
        ProgramResult passing = Run("import", "inetd", "inetd.conf"), kept = Run("import", "inetd", "inetd.conf", "-o", "new");
        Assert.That(passing.StandardError, Does.Not.Contain("/tmp").And.Not.Contain("superd-import-").And.Not.Contain("chmod"));
        Assert.That(
            kept.StandardError.Replace(_directory["new"] + "/", "").Replace("new/services.d", "services.d"),
            Does.StartWith(passing.StandardError));
        Assert.That(passing.ExitCode, Is.EqualTo(kept.ExitCode));
    }

    [Test]
    public void The_faults_of_all_units_are_told_and_the_good_ones_imported()
    {
        WriteUnit("good");
        WriteUnit("dropped");
        Directory.CreateDirectory(_directory["dropped.socket.d/x.conf"]);
        File.CreateSymbolicLink(_directory["masked.socket"], "/dev/null");
        string[] units = ["./masked.socket", "./good.socket", "./none.socket", "./dropped.socket"];
        ProgramResult result = Run(["import", "systemd", .. units, "-o", "new"]);
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(
            result.StandardError,
            Does.Contain("superd: ./masked.socket is masked: a link to /dev/null; it was not imported\n")
                .And.Contain("superd: there is no unit ./none.socket in .; it was not imported\n")
                .And.Contain("superd: ./dropped.socket.d/x.conf is a directory, not a regular file; it was not imported\n")
                .And.Contain("superd: 1 service imported, 3 not imported; "));
        Assert.That(Directory.GetFiles(_directory["new/services.d"]), Is.EqualTo(new[] { _directory["new/services.d/good.toml"] }));
    }

    [Test]
    public void The_faults_of_all_units_are_told_if_none_is_good()
    {
        File.CreateSymbolicLink(_directory["masked.socket"], "/dev/null");
        ProgramResult result = Run("import", "systemd", "./masked.socket", "./none.socket", "-o", "new");
        Assert.That(
            (result.ExitCode, result.StandardError),
            Is.EqualTo((69, "superd: ./masked.socket is masked: a link to /dev/null\nsuperd: there is no unit ./none.socket in .\n")));
        Assert.That(_directory["new"], Does.Not.Exist);
    }

    [TestCase("xinetd", "")]
    [TestCase("xinetd", "# a comment\n")]
    [TestCase("inetd", "")]
    [TestCase("inetd", "# a comment\n\n")]
    [TestCase("systemd", "")]
    [TestCase("systemd", "# a comment\n")]
    public void A_file_without_a_service_is_told(string kind, string text)
    {
        string file = kind == "systemd" ? "a.socket" : "a.conf";
        _directory.Write(file, text);
        ProgramResult result = Run("import", kind, $"./{file}", "-o", "new");
        Assert.That(result.ExitCode, Is.EqualTo(65));
        Assert.That(result.StandardError, Does.Match(@$"^superd: \./{file} (has no service|is masked|is no socket unit): .+\n$"));
        Assert.That(_directory["new"], Does.Not.Exist);
    }

    [TestCase("rlinetd", "superd: rlinetd.conf is not read, ")]
    [TestCase("tcpserver", "superd: tcpserver has no configuration file to import: ")]
    [TestCase("socat", "superd: socat has no configuration file to import: ")]
    public void Another_super_server_is_told_what_to_do(string name, string start)
    {
        foreach (string[] rest in (string[][])[[], ["/etc/rlinetd.conf", "-o", "new"]])
        {
            ProgramResult result = Run(["import", name, .. rest]);
            Assert.That(result.ExitCode, Is.EqualTo(64));
            Assert.That(result.StandardError, Does.StartWith(start).And.Contain("'superd add NAME LISTEN PROGRAM'"));
        }

        Assert.That(Run("import", "--help").StandardOutput, Does.Not.Contain(name));
    }

    private void WriteUnit(string name)
    {
        _directory.Write($"{name}.socket", "[Socket]\nListenStream=127.0.0.1:9003\nAccept=yes\n");
        _directory.Write($"{name}@.service", "[Service]\nExecStart=/bin/cat\nStandardInput=socket\n");
    }

    private ProgramResult Run(params string[] arguments) => SuperdProgram.Run(_directory.Path, arguments);
}
