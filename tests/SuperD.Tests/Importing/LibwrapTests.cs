using NUnit.Framework;
using SuperD.Importing;
using SuperD.Importing.Inetd;

namespace SuperD.Tests.Importing;

/// <summary>Which services the rules of hosts.allow and hosts.deny turn off. Each case was seen with xinetd and Debian's libwrap.</summary>
public sealed class LibwrapTests
{
    private ImportSource _source = null!; // set before each test

    [SetUp]
    public void MakeSource() => _source = new ImportSource();

    [TearDown]
    public void DeleteSource() => _source.Dispose();

    [TestCase("ALL: ALL: DENY\n", "")]
    [TestCase("ALL: ALL: Deny\n", "")]
    [TestCase("ALL: ALL: severity auth.info: DENY\n", "")]
    [TestCase("cat: ALL: banners /x: DENY\n", "")]
    [TestCase("ALL: ALL: TWIST /bin/echo x\n", "")]
    [TestCase("ALL: ALL: twist=/bin/echo x\n", "")]
    [TestCase("", "all: all\n")]
    [TestCase("", "All:All\n")]
    [TestCase("", "known: ALL\n")]
    [TestCase("", "c*: ALL\n")]
    [TestCase("", " # ALL: ALL\n")]
    [TestCase("", "other: ALL")]
    [TestCase("", "ALL \\\n: ALL\n")]
    [TestCase("", "ALL: [::1]\n")]
    [TestCase("", "ALL except in.ftpd: ALL\n")]
    [TestCase("ALL: ALL: nosuch\n", "")]
    [TestCase("ALL: ALL: allow: deny\n", "")]
    [TestCase("ALL: ALL: allow yes\n", "")]
    [TestCase("ALL: ALL: user\n", "")]
    [TestCase("ALL: ALL: : allow\n", "")]
    [TestCase("ALL: ALL: keepalive yes\n", "")]
    [TestCase("cat: ALL", "ALL: ALL\n")]
    [TestCase("other: ALL\n", "ALL: ALL\n")]
    [TestCase("cat: 10.0.0.1\n", "ALL: ALL\n")]
    [TestCase("cat@10.0.0.1: ALL\n", "ALL: ALL\n")]
    [TestCase("cat: ALL EXCEPT 10.0.0.1\n", "ALL: ALL\n")]
    [TestCase("ALL EXCEPT cat: ALL\n", "ALL: ALL\n")]
    public void A_client_that_a_rule_can_refuse_turns_the_service_off(string allow, string deny) =>
        Assert.That(Import(allow, deny).Enabled, Is.False);

    [TestCase("cat: ALL\n", "ALL: ALL\n")]
    [TestCase("CAT: all\n", "ALL: ALL\n")]
    [TestCase("ALL: ALL: allow\n", "ALL: ALL\n")]
    [TestCase("ALL: ALL: severity auth.info: nice: umask 022: ALLOW\n", "ALL: ALL\n")]
    [TestCase("ALL: ALL: spawn /bin/echo a\\: b\n", "ALL: ALL\n")]
    [TestCase("ALL EXCEPT in.ftpd: ALL\n", "ALL: ALL\n")]
    [TestCase("", "ALL EXCEPT cat: ALL\n")]
    [TestCase("", "ALL: ALL EXCEPT ALL\n")]
    [TestCase("", "ALL: ALL: allow\n")]
    [TestCase("", "ca: ALL\nat: ALL\n")]
    [TestCase("", "# ALL: ALL\n")]
    [TestCase("", "ALL \\ \n: ALL\n")]
    public void A_rule_that_refuses_nobody_leaves_the_service_on(string allow, string deny) =>
        Assert.That(Import(allow, deny).Enabled, Is.True);

    /// <summary>xinetd gives libwrap the name behind the last slash, and the service's name where it runs no program.</summary>
    [TestCase("tac: ALL\n", "flags = NAMEINARGS\nserver_args = /usr/bin/tac", false)]
    [TestCase("test: ALL\n", "id = other\nredirect = 10.0.0.1 23", false)]
    [TestCase("other: ALL\n", "id = other\nredirect = 10.0.0.1 23", true)]
    public void The_daemon_has_the_name_that_xinetd_gives_it(string deny, string attributes, bool isOn) =>
        Assert.That(Import("", deny, attributes).Enabled, Is.EqualTo(isOn));

    [TestCase("", false)]
    [TestCase("flags = NOLIBWRAP", true)]
    public void A_file_of_rules_that_cannot_be_read_turns_the_service_off(string attributes, bool isOn)
    {
        Assert.That(Import("", "# \0\n", attributes).Enabled, Is.EqualTo(isOn));
        string loop = _source.Directory["loop"];
        File.CreateSymbolicLink(loop, loop);
        ImportHost host = ImportCorpus.Host with { AccessFiles = [_source.Directory["none"], loop] };
        ServiceFile file = _source.Xinetd(ImportSource.Entry(attributes), host).Single();
        Assert.That(file.Enabled, Is.EqualTo(isOn));
        Assert.That(file.Reasons.Any(reason => reason.StartsWith($"libwrap ({loop}:1): ", StringComparison.Ordinal)), Is.Not.EqualTo(isOn));
    }

    [Test]
    public void The_inetd_of_FreeBSD_asks_it_too()
    {
        string loop = _source.Directory["loop"];
        File.CreateSymbolicLink(loop, loop);
        ImportHost host = ImportCorpus.Host with { AccessFiles = [loop] };
        string file = _source.Directory.Write("inetd.conf", "9003 stream tcp nowait nobody /bin/cat cat\n");
        foreach ((InetdDialect dialect, bool isOn) in ((InetdDialect, bool)[])[(InetdDialect.FreeBsd, false), (InetdDialect.OpenBsd, true)])
        {
            List<ServiceFile>? files = InetdMapper.Import(file, dialect, new ImportReport(), host).Files;
            Assert.That(files?.Single().Enabled, Is.EqualTo(isOn));
        }
    }

    private ServiceFile Import(string allow, string deny, string attributes = "")
    {
        ImportHost host = ImportCorpus.Host with
        {
            AccessFiles = [_source.Directory.Write("hosts.allow", allow), _source.Directory.Write("hosts.deny", deny)],
        };
        return _source.Xinetd(ImportSource.Entry(attributes), host).Single();
    }
}
