using NUnit.Framework;
using SuperD.Importing;
using SuperD.Importing.Inetd;

namespace SuperD.Tests.Importing;

/// <summary>The import of inetd.conf in the dialects of Debian's inetds.</summary>
public sealed class InetdImportTests
{
    private ImportSource _source = null!;

    [SetUp]
    public void MakeSource() => _source = new ImportSource();

    [TearDown]
    public void DeleteSource() => _source.Dispose();

    [TestCase("openbsd", "tcp", "9003", null)]
    [TestCase("openbsd", "tcp4", "\"0.0.0.0:9003\"", null)]
    [TestCase("openbsd", "tcp6", "9003", "true")]
    [TestCase("openbsd", "tcp46", "9003", null)]
    [TestCase("inetutils", "tcp", "\"0.0.0.0:9003\"", null)]
    [TestCase("inetutils", "tcp4", "\"0.0.0.0:9003\"", null)]
    [TestCase("inetutils", "tcp6", "9003", null)]
    [TestCase("inetutils", "tcp6only", "9003", "true")]
    public void A_protocol_means_what_that_inetd_takes_it_for(string dialect, string protocol, string listen, string? v6Only)
    {
        ServiceFile file = _source.Inetd($"9003 stream {protocol} nowait nobody /bin/cat cat\n", InetdDialect.Of(dialect)).Single();
        Assert.That((file["listen"], file["v6only"]), Is.EqualTo((listen, v6Only)));
    }

    [TestCase("nowait", "\"256/min\"")]
    [TestCase("nowait.30", "\"30/min\"")]
    [TestCase("nowait:30", "\"30/min\"")]
    [TestCase("wait", null)]
    [TestCase("wait.30", null)]
    public void A_rate_per_minute_refuses_and_never_turns_off(string wait, string? rate)
    {
        ServiceFile file = _source.Inetd($"finger stream tcp {wait} nobody /bin/cat cat\n").Single();
        Assert.That((file["rate"], file["wait"]), Is.EqualTo((rate, wait.StartsWith("wait", StringComparison.Ordinal) ? "true" : null)));
    }

    [Test]
    public void Inetutils_allows_40_a_minute() =>
        Assert.That(
            _source.Inetd("finger stream tcp nowait nobody /bin/cat cat\n", InetdDialect.Inetutils).Single()["rate"],
            Is.EqualTo("\"40/min\""));

    [TestCase("nobody", "\"nobody\"", null)]
    [TestCase("nobody.tty", "\"nobody\"", "\"tty\"")]
    [TestCase("nobody:tty", "\"nobody\"", "\"tty\"")]
    [TestCase("a.b:tty", "\"a.b\"", "\"tty\"")]
    public void A_group_stands_behind_a_dot_or_a_colon_and_the_users_groups_are_its_own(string written, string user, string? group)
    {
        ServiceFile file = _source.Inetd($"finger stream tcp nowait {written} /bin/cat cat\n").Single();
        Assert.That((file["user"], file["group"], file["groups"]), Is.EqualTo((user, group, (string?)null)));
    }

    [Test]
    public void Tcpd_keeps_the_name_of_its_program()
    {
        ServiceFile file = _source.Inetd("finger stream tcp nowait nobody /usr/sbin/tcpd /usr/sbin/in.fingerd -l\n").Single();
        Assert.That((file["exec"], file["argv0"]), Is.EqualTo(("[\"/usr/sbin/tcpd\", \"-l\"]", "\"/usr/sbin/in.fingerd\"")));
    }

    [Test]
    public void Addresses_stand_before_the_service_or_alone_for_those_that_follow()
    {
        List<ServiceFile> files = _source.Inetd(
            "127.0.0.1,[::1]:finger stream tcp nowait nobody /bin/cat cat\n"
            + "127.0.0.2:\n"
            + "http stream tcp nowait nobody /bin/cat cat\n"
            + "*:ftp stream tcp nowait nobody /bin/cat cat\n");
        Assert.That(
            files.Select(file => file["listen"]), Is.EqualTo(new[] { "[\"127.0.0.1:79\", \"[::1]:79\"]", "\"127.0.0.2:80\"", "21" }));
    }

    [Test]
    public void A_continued_line_is_one_line_for_openbsd()
    {
        ServiceFile file = _source.Inetd("finger stream tcp nowait nobody /bin/cat cat\n\t-u -v\n").Single();
        Assert.That(file["exec"], Is.EqualTo("[\"/bin/cat\", \"-u\", \"-v\"]"));
    }

    [TestCase("openbsd", "[\"/bin/cat\", \"\\\"b\", \"c\\\"\"]")]
    [TestCase("inetutils", "[\"/bin/cat\", \"b c\"]")]
    public void Quotes_keep_words_together_for_inetutils_only(string dialect, string exec) =>
        Assert.That(
            _source.Inetd("finger stream tcp nowait nobody /bin/cat cat \"b c\"\n", InetdDialect.Of(dialect)).Single()["exec"],
            Is.EqualTo(exec));

    [Test]
    public void A_builtin_is_a_builtin()
    {
        List<ServiceFile> files = _source.Inetd("echo stream tcp nowait root internal\necho dgram udp wait root internal\n");
        Assert.That(
            files.Select(file => (file.Name, file["listen"], file["builtin"], file["builtin_udp"], file["wait"])),
            Is.EqualTo(
                new[] { ("echo", "7", "\"echo\"", (string?)null, (string?)null), ("echo-udp", "\"udp://:7\"", "\"echo\"", "true", null) }));
    }

    [Test]
    public void A_Unix_domain_socket_is_open_to_everybody()
    {
        ServiceFile file = _source.Inetd("/run/test.sock stream unix nowait nobody /bin/cat cat\n").Single();
        Assert.That((file.Name, file["listen"], file["socket_mode"]), Is.EqualTo(("test.sock", "\"unix:/run/test.sock\"", "\"666\"")));
    }

    [Test]
    public void Dgram_with_nowait_is_a_program_per_peer()
    {
        ServiceFile file = _source.Inetd("tftp dgram udp nowait root /bin/cat cat\n").Single();
        Assert.That((file["wait"], file.Enabled), Is.EqualTo(((string?)null, true)));
        Assert.That(_source.Notes, Has.Some.StartsWith("inetd.conf:1: note: tftp: dgram with nowait"));
    }

    [Test]
    public void A_line_that_update_inetd_switched_off_is_imported_off()
    {
        ServiceFile file = _source.Inetd("#<off># finger\tstream\ttcp\tnowait\tnobody\t/bin/cat cat\n# a comment\n").Single();
        Assert.That((file.Enabled, file["listen"]), Is.EqualTo((false, "79")));
    }

    [TestCase("finger stream tcp nowait", "wrong: finger: a line has at least 6 words")]
    [TestCase("rstatd/1-5 dgram rpc/udp wait nobody /bin/cat cat", "not imported: rstatd/1-5: RPC")]
    [TestCase("finger seqpacket tcp nowait nobody /bin/cat cat", "not imported: finger: seqpacket tcp")]
    [TestCase("nosuchport stream tcp nowait nobody /bin/cat cat", "wrong: nosuchport: 'nosuchport' is not in ")]
    [TestCase("finger stream tcp,sndbuf=64k nowait nobody /bin/cat cat", "not imported: finger: sndbuf=64k: ")]
    public void What_cannot_be_is_listed(string line, string note)
    {
        _source.Inetd(line + "\n");
        Assert.That(_source.Notes, Has.Some.StartsWith("inetd.conf:1: " + note));
    }
}
