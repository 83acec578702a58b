using NUnit.Framework;
using SuperD.Importing;
using SuperD.Importing.Xinetd;

namespace SuperD.Tests.Importing;

/// <summary>What xinetd does not start, or does not let in, the import does not either. Each case was seen with xinetd.</summary>
public sealed class XinetdRefusalTests
{
    private ImportSource _source = null!; // set before each test

    [SetUp]
    public void MakeSource() => _source = new ImportSource();

    [TearDown]
    public void DeleteSource() => _source.Dispose();

    [TestCase("::/0", "[\"::/0\", \"0.0.0.0/0\"]")]
    [TestCase("::/1", "[\"::/1\", \"0.0.0.0/0\"]")]
    [TestCase("::ffff:0:0/96", "\"0.0.0.0/0\"")]
    [TestCase("::ffff:10.0.0.0/104", "\"10.0.0.0/8\"")]
    [TestCase("::ffff:10.0.0.1", "\"10.0.0.1\"")]
    [TestCase("2000::/3", "\"2000::/3\"")]
    public void An_IPv6_range_holds_the_IPv4_clients_that_a_socket_of_both_sees(string range, string expected)
    {
        Assert.That(_source.XinetdService($"no_access = {range}")["no_access"], Is.EqualTo(expected));
        Assert.That(_source.XinetdService($"only_from = {range}")["only_from"], Is.EqualTo(expected));
        Assert.That(_source.Notes.Any(note => note.Contains("holds IPv4 clients in xinetd")), Is.EqualTo(range != "2000::/3"));
    }

    [TestCase("flags = IPv4\nonly_from = ::/0", "\"::/0\"")]
    [TestCase("flags = IPv4\nonly_from = ::ffff:10.0.0.1", "[]")]
    [TestCase("bind = 127.0.0.1\nonly_from = ::/0", "\"::/0\"")]
    [TestCase("bind = ::\nonly_from = ::/0", "[\"::/0\", \"0.0.0.0/0\"]")]
    public void A_socket_of_IPv4_alone_has_no_clients_in_it(string attributes, string expected) =>
        Assert.That(_source.XinetdService(attributes)["only_from"], Is.EqualTo(expected));

    [TestCase("disabled = TEST", false)]
    [TestCase("disabled = other", true)]
    [TestCase("enabled = Test", true)]
    [TestCase("enabled = other", false)]
    public void The_lists_of_defaults_are_read_in_any_case(string line, bool isOn) =>
        Assert.That(_source.Xinetd($"defaults\n{{\n{line}\n}}\n{ImportSource.Entry("")}").Single().Enabled, Is.EqualTo(isOn));

    [Test]
    public void A_builtin_is_found_in_any_case()
    {
        ServiceFile file = _source.Xinetd(ImportSource.Entry("type = INTERNAL UNLISTED", "ECHO")).Single();
        Assert.That(file["builtin"], Is.EqualTo("\"echo\""));
    }

    [TestCase("access_times =")]
    [TestCase("flags =")]
    [TestCase("server_args =")]
    [TestCase("log_type =")]
    [TestCase("log_type = FOO")]
    [TestCase("log_type = SYSLOG")]
    [TestCase("log_type = SYSLOG nosuch")]
    [TestCase("log_type = FILE /var/log/x many")]
    [TestCase("log_on_success = PID FOO")]
    [TestCase("log_on_failure = EXIT")]
    [TestCase("v6only = maybe")]
    [TestCase("only_from = 127.0.0.1 1.2.3.4,5.6.7.8")]
    public void What_xinetd_cannot_parse_turns_the_service_off(string attribute)
    {
        ServiceFile file = _source.XinetdService(attribute);
        Assert.That(file.Enabled, Is.False);
        Assert.That(_source.Notes, Has.Some.StartsWith($"xinetd.conf:9: wrong: {attribute.Split(' ')[0]}: "));
    }

    [TestCase("log_on_success =")]
    [TestCase("log_on_success = host Pid")]
    [TestCase("log_type = syslog Daemon INFO")]
    [TestCase("log_type = file /var/log/x 1M 2m")]
    [TestCase("env =")]
    [TestCase("no_access =")]
    public void What_xinetd_accepts_leaves_it_on(string attribute) => Assert.That(_source.XinetdService(attribute).Enabled, Is.True);

    [TestCase("only_from = 127.0.0.0/8\nonly_from -= 127.0.0.0", "only_from", "[]")]
    [TestCase("only_from = 10.1.{2,3}\nonly_from -= 10.1.2.0", "only_from", "\"10.1.3.0/24\"")]
    [TestCase("only_from = 10.1.2.3 10.1.2.4\nonly_from -= 10.1.2.3", "only_from", "\"10.1.2.4\"")]
    [TestCase("no_access = 10.0.0.0/8\nno_access -= 10.0.0.0", "no_access", "\"10.0.0.0/8\"")]
    public void An_address_is_taken_away_by_what_it_means(string attributes, string key, string expected) =>
        Assert.That(_source.XinetdService(attributes)[key], Is.EqualTo(expected));

    [TestCase("defaults\n")]
    [TestCase("The settings are:\ndefaults\nand so on\n")]
    [TestCase("<?xml version=\"1.0\"?>\n<config>\ndefaults\n</config>\n")]
    [TestCase("service desk\n")]
    public void Prose_with_a_word_of_xinetds_is_no_configuration(string text)
    {
        string file = _source.Directory.Write("other", text);
        Assert.That(XinetdMapper.Import(file, _source.Report, ImportCorpus.Host).Problem?.IsOtherContent, Is.True);
    }

    [Test]
    public void A_byte_that_is_not_UTF8_turns_its_service_off_and_leaves_the_rest_of_the_file()
    {
        byte[] text = [.. Bytes(ImportSource.Entry("server_args = /srv/é ")[..^3]), 0xff, .. Bytes("\n}\n" + ImportSource.Entry(
            "server_args = /srv/é", "good"))];
        string path = _source.Directory.Write("xinetd.conf", "");
        File.WriteAllBytes(path, text);
        List<ServiceFile> files = XinetdMapper.Import(path, _source.Report, ImportCorpus.Host).Files!; // the file is there
        Assert.That(files.Select(file => file.Enabled), Is.EqualTo(new[] { false, true }));
        Assert.That(files[0]["exec"], Does.Contain("\"/srv/é\""));
        Assert.That(files[1]["exec"], Does.Contain("\"/srv/é\""));
        Assert.That(_source.Notes, Has.Some.Contains("not imported: server_args: ").And.Contain("has bytes that are not UTF-8"));
    }

    private static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);
}
