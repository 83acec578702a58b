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
    [TestCase("freebsd", "tcp", "\"0.0.0.0:9003\"", null)]
    [TestCase("freebsd", "tcp6", "9003", "true")]
    [TestCase("freebsd", "tcp46", "9003", null)]
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
    [TestCase("nobody:tty/daemon", "\"nobody\"", "\"tty\"")]
    [TestCase("nobody:tty:daemon", "\"nobody\"", "\"tty\"")]
    [TestCase("nobody/daemon", "\"nobody\"", null)]
    public void A_group_stands_behind_a_dot_or_a_colon_and_the_users_groups_are_its_own(string written, string user, string? group)
    {
        ServiceFile file = _source.Inetd($"finger stream tcp nowait {written} /bin/cat cat\n").Single();
        Assert.That((file["user"], file["group"], file["groups"]), Is.EqualTo((user, group, (string?)null)));
    }

    [TestCase("nobody:tty/daemon")]
    [TestCase("nobody:tty:daemon")]
    public void A_login_class_is_a_warning_at_the_top(string user)
    {
        ServiceFile file = _source.Inetd($"finger stream tcp nowait {user} /bin/cat cat\n", InetdDialect.FreeBsd).Single();
        Assert.That(file.Render().Split('\n')[1], Does.StartWith("# Warning: login class daemon ("));
        Assert.That(file.Enabled, Is.True);
    }

    [TestCase("nowait/3/10", "3", "\"10/min\"", null)]
    [TestCase("nowait/3", "3", null, null)]
    [TestCase("nowait/0/0/2", null, null, "2")]
    [TestCase("nowait/3/10/2", "3", "\"10/min\"", "2")]
    [TestCase("wait/1", null, null, null)]
    public void The_limits_of_FreeBSD_stand_behind_slashes(string wait, string? instances, string? rate, string? perSource)
    {
        ServiceFile file = _source.Inetd($"finger stream tcp {wait} nobody /bin/cat cat\n", InetdDialect.FreeBsd).Single();
        Assert.That((file["instances"], file["per_source_rate"], file["per_source"]), Is.EqualTo((instances, rate, perSource)));
        Assert.That(file["when_full"], Is.EqualTo(instances is null ? null : "\"queue\""));
        Assert.That(file.Enabled, Is.True);
    }

    [Test]
    public void Of_a_builtin_over_UDP_only_the_rate_of_a_source_is_a_limit()
    {
        ServiceFile file = _source.Inetd("echo dgram udp wait/3/10/2 root internal\n", InetdDialect.FreeBsd).Single();
        Assert.That(
            (file["instances"], file["per_source_rate"], file["per_source"], file.Enabled),
            Is.EqualTo(((string?)null, "\"10/min\"", (string?)null, true)));
    }

    [TestCase("nowait/3/10/2/1")]
    [TestCase("nowait/many")]
    public void Limits_that_are_no_numbers_turn_the_service_off(string wait) =>
        Assert.That(_source.Inetd($"finger stream tcp {wait} nobody /bin/cat cat\n", InetdDialect.FreeBsd).Single().Enabled, Is.False);

    [Test]
    public void A_policy_of_IPsec_turns_off_the_lines_that_follow_until_it_ends()
    {
        const string Line = " stream tcp nowait nobody /bin/cat cat\n";
        string text = $"9001{Line}#@ ipsec ah/require\n9002{Line}#@\n9003{Line}";
        Assert.That(_source.Inetd(text, InetdDialect.FreeBsd).Select(file => file.Enabled), Is.EqualTo(new[] { true, false, true }));
        Assert.That(_source.Inetd(text).Select(file => file.Enabled), Is.All.True, "a comment elsewhere");
    }

    [TestCase("freebsd", false)]
    [TestCase("openbsd", true)]
    public void The_inetd_that_asks_libwrap_has_its_refusals(string dialect, bool isOn)
    {
        string rules = _source.Directory.Write("hosts.deny", "ALL: ALL\n");
        string file = _source.Directory.Write("inetd.conf", "9001 stream tcp nowait nobody /bin/cat cat\n");
        ImportHost host = ImportCorpus.Host with { AccessFiles = [rules] };
        List<ServiceFile> files = InetdMapper.Import(file, InetdDialect.Of(dialect), _source.Report, host).Files!; // the file is there
        Assert.That(files.Single().Enabled, Is.EqualTo(isOn));
    }

    [TestCase("root:x:0:0:root:/root:/bin/bash\n")]
    [TestCase("service finger\n{\n}\n")]
    [TestCase("listen = 9003\n")]
    public void A_file_without_a_socket_type_is_no_inetd_conf(string text)
    {
        string file = _source.Directory.Write("other", text);
        ImportProblem? problem = InetdMapper.Import(file, InetdDialect.OpenBsd, _source.Report, ImportCorpus.Host).Problem;
        const string Missing = "no line of it has a socket type and a protocol, such as 'stream tcp', behind its first word";
        Assert.That(problem, Is.EqualTo(new ImportProblem($"{file} is no inetd.conf: {Missing}", IsOtherContent: true)));
    }

    [Test]
    public void The_word_about_quotes_names_the_option_right()
    {
        _source.Inetd("finger stream tcp nowait nobody /bin/cat cat \"b c\"\n");
        Assert.That(_source.Notes, Has.Some.EndWith("inetutils-inetd has them: --dialect inetutils"));
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
    [TestCase("finger stream udp nowait nobody /bin/cat cat", "not imported: finger: stream does not go with udp")]
    [TestCase("finger dgram tcp6 wait nobody /bin/cat cat", "not imported: finger: dgram does not go with tcp6")]
    [TestCase("nosuchport stream tcp nowait nobody /bin/cat cat", "wrong: nosuchport: 'nosuchport' is not in ")]
    [TestCase("finger stream tcp,sndbuf=64k nowait nobody /bin/cat cat", "not imported: finger: sndbuf=64k: ")]
    public void What_cannot_be_is_listed(string line, string note)
    {
        _source.Inetd(line + "\n");
        Assert.That(_source.Notes, Has.Some.StartsWith("inetd.conf:1: " + note));
    }

    [TestCase("/usr/bin/python3 /srv/chal.py", false, "[\"/usr/bin/python3\", \"/srv/chal.py\"]")]
    [TestCase("/usr/bin/perl chal.pl -w", false, "[\"/usr/bin/perl\", \"chal.pl\", \"-w\"]")]
    [TestCase("/bin/sh /srv/agent", false, "[\"/bin/sh\", \"/srv/agent\"]")]
    [TestCase("/bin/sh -i", false, "[\"/bin/sh\", \"-i\"]")]
    [TestCase("/usr/bin/python3 -u /srv/chal.py", true, "[\"/usr/bin/python3\", \"-u\", \"/srv/chal.py\"]")]
    [TestCase("/srv/gopher -h gopher.example -d", true, "[\"/srv/gopher\", \"-h\", \"gopher.example\", \"-d\"]")]
    [TestCase("/srv/gopher /srv/pages", true, "[\"/srv/gopher\", \"/srv/pages\"]")]
    public void An_argument_0_that_was_forgotten_is_told_and_an_open_interpreter_is_off(string program, bool isOn, string meant)
    {
        ServiceFile file = _source.Inetd($"9003 stream tcp nowait nobody {program}\n").Single();
        Assert.That(file["argv0"], Is.EqualTo($"\"{program.Split(' ')[1]}\""), "as inetd does it");
        Assert.That(file.Enabled, Is.EqualTo(isOn));
        Assert.That(
            _source.Notes,
            Has.Exactly(1).StartsWith($"inetd.conf:1: note: 9003: '{program.Split(' ')[1]}' is argument 0").And.Contain(meant));
        Assert.That(file.Render().Replace("\n# ", " "), Does.Contain($"write exec = {meant}"));
    }

    [TestCase("/usr/sbin/tcpd /usr/sbin/in.fingerd")]
    [TestCase("/usr/sbin/in.fingerd in.fingerd")]
    [TestCase("/usr/sbin/in.fingerd /usr/sbin/in.fingerd")]
    [TestCase("/usr/sbin/in.telnetd telnetd")]
    [TestCase("/bin/busybox telnetd -i")]
    [TestCase("/usr/bin/python3.13 python3 /srv/chal.py")]
    [TestCase("/bin/sh sh /srv/x.sh")]
    [TestCase("/bin/sh sh -c id")]
    [TestCase("/bin/bash -bash -lc id")]
    [TestCase("/usr/bin/perl perl -ne print")]
    public void A_usual_argument_0_needs_no_word(string program)
    {
        Assert.That(_source.Inetd($"9003 stream tcp nowait nobody {program}\n").Single().Enabled, Is.True);
        Assert.That(_source.Notes, Has.None.Contains("note: "));
    }

    [TestCase("/bin/sh")]
    [TestCase("/bin/sh sh")]
    [TestCase("/bin/bash -bash")]
    [TestCase("/bin/bash bash -i")]
    [TestCase("/bin/busybox sh")]
    [TestCase("/bin/busybox busybox ash -i")]
    [TestCase("/usr/bin/env env LANG=C python3 -u")]
    [TestCase("/usr/bin/python3 python3 -")]
    public void An_interpreter_that_reads_its_program_from_the_client_is_off(string program)
    {
        ServiceFile file = _source.Inetd($"9003 stream tcp nowait nobody {program}\n").Single();
        Assert.That(file.Enabled, Is.False);
        Assert.That(file.Render().Replace("\n# ", " "), Does.Match(@" Off: \w+ gets no script and no command, .* as nobody"));
        Assert.That(_source.Notes, Has.Exactly(1).Matches(@"^inetd\.conf:1: note: 9003: \w+ gets no script and no command"));
    }

    [TestCase("9003 stream tcp nowait /srv/han han", "user", "/srv/han")]
    [TestCase("9003 stream tcp nowait internal", "user", "internal")]
    [TestCase("9003 stream tcp nobody /srv/han han", "word wait or nowait", "nobody")]
    [TestCase("9003 stream nowait nobody /srv/han han", "protocol", "nowait")]
    [TestCase("9003 tcp nowait nobody /srv/han han", "socket type", "tcp")]
    public void A_field_that_is_missing_is_named(string line, string field, string before)
    {
        Assert.That(_source.Inetd($"finger stream tcp nowait nobody /bin/cat cat\n{line}\n"), Has.Count.EqualTo(1));
        Assert.That(_source.Notes, Has.Exactly(1).StartsWith($"inetd.conf:2: wrong: 9003: the {field} is missing before '{before}'"));
    }
}
