using NUnit.Framework;
using SuperD.Importing;
using SuperD.Importing.Xinetd;
using SuperD.Tests.Support;

namespace SuperD.Tests.Importing;

/// <summary>What xinetd.conf includes and cannot be read may have narrowed any service, whatever its place: all are off.</summary>
public sealed class XinetdIncludeTests
{
    private ImportSource _source = null!; // set before each test

    [SetUp]
    public void MakeSource() => _source = new ImportSource();

    [TearDown]
    public void DeleteSource() => _source.Dispose();

    [TestCase("include DIR/none", "include: DIR/none cannot be read: No such file or directory (errno 2)")]
    [TestCase("include DIR/loop", "include: DIR/loop cannot be read: Too many levels of symbolic links (errno 40)")]
    [TestCase("include DIR/fifo", "include: DIR/fifo is a FIFO, not a regular file")]
    [TestCase("include DIR/nul", "include: DIR/nul is not a text file")]
    [TestCase("includedir DIR/none", "includedir: DIR/none cannot be read: No such file or directory (errno 2)")]
    [TestCase("includedir DIR/fifo", "includedir: DIR/fifo cannot be read: Not a directory (errno 20)")]
    [TestCase("includedir DIR/part", "includedir: DIR/part/loop cannot be read: Too many levels of symbolic links (errno 40)")]
    [TestCase("include DIR/xinetd.conf", "more than 16 files include each other")]
    public void What_is_not_read_turns_every_service_off(string line, string why)
    {
        Tool.Run("mkfifo", _source.Directory["fifo"]);
        _source.Directory.Write("nul", "\0");
        _source.Directory.MakeDirectory("part");
        foreach (string loop in (string[])["loop", "part/loop"])
        {
            File.CreateSymbolicLink(_source.Directory[loop], _source.Directory[loop]);
        }

        line = line.Replace("DIR", _source.Directory.Path);
        List<ServiceFile> files = _source.Xinetd(
            ImportSource.Entry("", "before") + $"{line}\n" + ImportSource.Entry("port = 9004", "after"));
        Assert.That(files, Has.Count.GreaterThan(1));
        foreach (ServiceFile file in files)
        {
            Assert.That(file.Reasons, Has.Some.Contains(why.Replace("DIR", _source.Directory.Path)).And.Contains("import again"));
        }

        Assert.That(_source.Notes, Has.Some.StartsWith("xinetd.conf:11: wrong: ").And.Contains(why.Replace("DIR/", "")));
    }

    [Test]
    public void What_xinetd_skips_in_a_directory_turns_nothing_off()
    {
        _source.Directory.Write("more/a.rpmnew", "defaults\n{\nonly_from = 10.0.0.1\n}\n");
        _source.Directory.MakeDirectory("more/directory");
        Assert.That(_source.Xinetd($"includedir {_source.Directory["more"]}\n{ImportSource.Entry("")}").Single().Enabled, Is.True);
    }

    [TestCase("defaults\n{\nonly_from = 10.0.0.1\nnice\n}\n", false)]
    [TestCase("defaults {\n}\ndefaults\n{\ninstances = 3\n", false)]
    [TestCase("defaults\n{\numask = 022\n}\ndefaults\n{\ninstances = 3\n}\n", false)]
    [TestCase("stray\ndefaults\n{\ninstances = 3\n}\n", false)]
    [TestCase("defaults\n{\numask = 022\n}\ndefaults\n{\numask = 022\n}\n", true)]
    [TestCase("stray\nservice x\n{\ninstances = 3\n}\n", true)]
    public void Defaults_that_xinetd_drops_turn_every_service_off_if_they_narrow_access(string text, bool isOn) =>
        Assert.That(_source.Xinetd(ImportSource.Entry("") + text).Single().Enabled, Is.EqualTo(isOn));

    [TestCase("")]
    [TestCase("# all\n\n  # comments\n")]
    public void A_file_without_a_statement_has_no_service(string text)
    {
        (List<ServiceFile>? files, ImportProblem? problem) =
            XinetdMapper.Import(_source.Directory.Write("x.conf", text), _source.Report, ImportCorpus.Host);
        Assert.That((files, problem?.IsOtherContent), Is.EqualTo(((List<ServiceFile>?)null, (bool?)true)));
        Assert.That(problem?.Text, Does.EndWith("/x.conf has no service: it is empty, or all its lines are comments"));
    }
}
