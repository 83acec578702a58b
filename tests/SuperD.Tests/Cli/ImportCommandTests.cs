using Medallion.Shell;
using NUnit.Framework;
using SuperD.Tests.Importing;
using SuperD.Tests.Support;

namespace SuperD.Tests.Cli;

/// <summary>superd import, as a process.</summary>
public sealed class ImportCommandTests
{
    private static readonly IEnumerable<string> Sources = ImportCorpus.Sources;

    private TempDir directory = null!; // set before each test

    [SetUp]
    public void MakeDirectory() => directory = new TempDir();

    [TearDown]
    public void DeleteDirectory() => directory.Dispose();

    [TestCaseSource(nameof(Sources))]
    public void What_is_written_passes_the_check_on_this_machine(string source)
    {
        string kind = source.Split('/')[0];
        string[] inputs = [.. ImportCorpus.FilesOf(source).Where(file => !file.EndsWith(".service", StringComparison.Ordinal))];
        CommandResult import = Run(["import", kind, .. inputs, "-o", "new"]);
        Assert.That(import.ExitCode, Is.Zero, import.StandardError);
        Assert.That(Run("check", "-c", "new/superd.toml").ExitCode, Is.Zero);

        // What superd here has no program or no user for stands aside, and is told of.
        string[] aside = [.. Directory.GetFiles(directory["new/services.d"], "*.off").Select(path => Path.GetFileName(path))];
        Assert.That(aside.Where(file => !import.StandardError.Contains($"services.d/{file}:")), Is.Empty);
    }

    [Test]
    public void A_service_that_superd_can_run_is_written_with_its_comments_and_one_that_it_cannot_is_put_aside()
    {
        WriteXinetd(ImportSource.Entry("cps = 5 10") + ImportSource.Entry("server = /no/such/program\nport = 9004", "other"));
        CommandResult result = Run("import", "xinetd", "xinetd.conf", "-o", "new");
        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(File.ReadAllText(directory["new/services.d/test.toml"]), Does.StartWith("# From xinetd.conf:1: xinetd's service test\n").And.Contain("\nrate = \"5/s\"\n"));
        Assert.That(directory["new/services.d/other.toml"], Does.Not.Exist);
        Assert.That(File.ReadAllText(directory["new/services.d/other.toml.off"]), Does.Contain("exec = \"/no/such/program\""));
        Assert.That(result.StandardError, Does.Match(@"(?m)^services\.d/other\.toml\.off:\d+: put aside: exec ""/no/such/program"" cannot be run: "));
        Assert.That(result.StandardError, Does.Contain("superd: 2 services imported, 1 put aside; ").And.Contain("superd: next: superd check -c new/superd.toml\n"));
    }

    [Test]
    public void Without_a_directory_everything_goes_to_stdout_and_the_report_to_stderr()
    {
        WriteXinetd(ImportSource.Entry("log_type = SYSLOG daemon"));
        CommandResult result = Run("import", "xinetd", "xinetd.conf");
        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(result.StandardOutput, Does.StartWith("#### superd.toml\n").And.Contain("#### services.d/test.toml\n").And.Contain("\nlisten = 9003\n"));
        Assert.That(result.StandardError, Does.StartWith("xinetd.conf:9: not imported: log_type: superd logs to standard error"));
        Assert.That(Directory.GetFileSystemEntries(directory.Path), Has.Length.EqualTo(1), "nothing is written");
    }

    [Test]
    public void Verbose_reports_every_line()
    {
        WriteXinetd(ImportSource.Entry("nice = 10"));
        string[] lines = Run("import", "xinetd", "xinetd.conf", "-v").StandardError.Split('\n');
        Assert.That(Enumerable.Range(3, 7).Where(line => !lines.Any(one => one.StartsWith($"xinetd.conf:{line}: ", StringComparison.Ordinal))), Is.Empty);
        Assert.That(lines, Has.Some.EqualTo("xinetd.conf:9: nice: nice = 10"));
    }

    [Test]
    public void Nothing_is_overwritten()
    {
        WriteXinetd(ImportSource.Entry("", "one") + ImportSource.Entry("", "two"));
        directory.Write("new/services.d/two.toml", "mine");
        CommandResult result = Run("import", "xinetd", "xinetd.conf", "-o", "new");
        Assert.That((result.ExitCode, result.StandardError), Is.EqualTo((74, "superd: new/services.d/two.toml is there already; nothing was written: name another directory with -o, or remove it\n")));
        Assert.That(Directory.GetFiles(directory["new"], "*", SearchOption.AllDirectories), Is.EqualTo(new[] { directory["new/services.d/two.toml"] }));
        Assert.That(File.ReadAllText(directory["new/services.d/two.toml"]), Is.EqualTo("mine"));
    }

    [TestCase("xinetd", "no.conf")]
    [TestCase("inetd", "no.conf")]
    [TestCase("systemd", "no.socket")]
    public void A_file_that_is_not_there_is_told(string kind, string file)
    {
        CommandResult result = Run("import", kind, file, "-o", "new");
        Assert.That(result.ExitCode, Is.EqualTo(69));
        Assert.That(result.StandardError, Does.StartWith("superd: ").And.Contain(file));
        Assert.That(directory["new"], Does.Not.Exist);
    }

    [Test]
    public void The_dialect_of_inetd_is_chosen()
    {
        directory.Write("inetd.conf", "finger stream tcp nowait nobody /bin/cat cat 'a b'\n");
        Assert.That(Run("import", "inetd", "inetd.conf").StandardOutput, Does.Contain("exec = [\"/bin/cat\", \"'a\", \"b'\"]"));
        Assert.That(Run("import", "inetd", "inetd.conf", "--dialect", "inetutils").StandardOutput, Does.Contain("exec = [\"/bin/cat\", \"a b\"]").And.Contain("listen = \"0.0.0.0:79\""));
        Assert.That(Run("import", "inetd", "inetd.conf", "--dialect", "minix").ExitCode, Is.EqualTo(64));
    }

    private void WriteXinetd(string text) => directory.Write("xinetd.conf", text);

    private CommandResult Run(params string[] arguments) => SuperdProgram.Run(directory.Path, arguments);
}
