using System.Text;
using NUnit.Framework;
using SuperD.Importing;
using SuperD.Importing.Inetd;

namespace SuperD.Tests.Importing;

/// <summary>What keeps clients out in inetd, and what is no inetd.conf at all.</summary>
public sealed class InetdRefusalTests
{
    private const string Rest = " stream unix nowait nobody /bin/cat cat\n";

    private ImportSource _source = null!; // set before each test

    [SetUp]
    public void MakeSource() => _source = new ImportSource();

    [TearDown]
    public void DeleteSource() => _source.Dispose();

    [TestCase("freebsd", ":nobody:nogroup:600:/run/x.sock", "\"nobody:nogroup\"", "\"600\"", true)]
    [TestCase("freebsd", "/run/x.sock", null, "\"200\"", true)]
    [TestCase("freebsd", ":nobody:600:/run/x.sock", null, null, false)]
    [TestCase("openbsd", "/run/x.sock", null, "\"666\"", true)]
    [TestCase("openbsd", ":nobody:nogroup:600:/run/x.sock", null, null, false)]
    [TestCase("inetutils", "/run/x.sock", null, null, false)]
    public void The_owner_and_mode_of_a_Unix_domain_socket_are_those_of_its_inetd(
        string dialect, string socket, string? owner, string? mode, bool isOn)
    {
        ServiceFile file = _source.Inetd(socket + Rest, InetdDialect.Of(dialect)).Single();
        Assert.That(
            (file["listen"], file["socket_owner"], file["socket_mode"], file.Enabled),
            Is.EqualTo(("\"unix:/run/x.sock\"", owner, mode, isOn)));
    }

    [TestCase("Data stream processing is hard.\n")]
    [TestCase("a stream\n")]
    [TestCase("The stream tcp/ip carries has no bounds.\n")]
    [TestCase("<the stream of=\"x\"/>\n")]
    [TestCase("Subject:\n")]
    public void Prose_with_a_word_of_inetds_is_no_configuration(string text)
    {
        string file = _source.Directory.Write("other", text);
        Assert.That(
            InetdMapper.Import(file, InetdDialect.OpenBsd, _source.Report, ImportCorpus.Host).Problem?.IsOtherContent, Is.True);
    }

    [Test]
    public void A_configuration_without_services_is_one() => Assert.That(_source.Inetd("127.0.0.1,[::1]:\n"), Is.Empty);

    [TestCase("")]
    [TestCase("# nothing yet\n\n")]
    public void A_file_without_a_line_has_no_service(string text)
    {
        string file = _source.Directory.Write("inetd.conf", text);
        ImportProblem? problem = InetdMapper.Import(file, InetdDialect.OpenBsd, _source.Report, ImportCorpus.Host).Problem;
        Assert.That(problem, Is.EqualTo(ImportProblem.Empty(file)));
        Assert.That(problem?.IsOtherContent, Is.True);
    }

    [Test]
    public void A_byte_that_is_not_UTF8_turns_its_line_off_and_leaves_the_rest_of_the_file()
    {
        const string Line = "9001 stream tcp nowait nobody /bin/cat cat /srv/é";
        string path = _source.Directory.Write("inetd.conf", "");
        File.WriteAllBytes(path, [.. Encoding.UTF8.GetBytes(Line + " "), 0xff, .. Encoding.UTF8.GetBytes($"\n{Line}\n")]);
        List<ServiceFile> files = InetdMapper.Import(path, InetdDialect.OpenBsd, _source.Report, ImportCorpus.Host).Files!; // it is there
        Assert.That(files.Select(file => file.Enabled), Is.EqualTo(new[] { false, true }));
        Assert.That(files[0]["exec"], Does.Contain("\"/srv/é\""));
        Assert.That(_source.Notes, Has.Some.Contains("has bytes that are not UTF-8"));
    }
}
