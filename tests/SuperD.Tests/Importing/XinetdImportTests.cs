using NUnit.Framework;
using SuperD.Importing;

namespace SuperD.Tests.Importing;

/// <summary>The import of xinetd's configuration: its attributes, and xinetd's peculiar ways of reading them.</summary>
public sealed class XinetdImportTests
{
    private ImportSource _source = null!;

    [SetUp]
    public void MakeSource() => _source = new ImportSource();

    [TearDown]
    public void DeleteSource() => _source.Dispose();

    [TestCase("umask = 027", "umask", "\"027\"")]
    [TestCase("umask = 0022", "umask", "\"022\"")]
    [TestCase("nice = 10", "nice", "10")]
    [TestCase("group = adm", "group", "\"adm\"")]
    [TestCase("instances = 3", "instances", "3")]
    [TestCase("instances = UNLIMITED", "instances", null)]
    [TestCase("per_source = 2", "per_source", "2")]
    [TestCase("per_source = 2", "source_prefix", "{ v6 = 128 }")]
    [TestCase("cps = 25 30", "rate", "\"25/s\"")]
    [TestCase("cps = 0 0", "rate", null)]
    [TestCase("", "rate", "\"50/s\"")]
    [TestCase("max_load = 2.5", "max_load", "2.5")]
    [TestCase("max_load = 8", "max_load", "8.0")]
    [TestCase(
        "rlimit_as = 8M\nrlimit_cpu = 20\nrlimit_files = 64\nrlimit_stack = UNLIMITED",
        "rlimit",
        "{ as = \"8M\", cpu = 20, stack = \"unlimited\", nofile = 64 }")]
    [TestCase("rlimit_as = 0", "rlimit", null)]
    [TestCase("env = A=1 B=x=y\nenv += C=", "env", "{ A = \"1\", B = \"x=y\", C = \"\" }")]
    [TestCase("passenv = PATH TZ", "pass_env", "[\"PATH\", \"TZ\"]")]
    [TestCase("passenv =", "pass_env", "[]")]
    [TestCase("banner = /etc/motd", "banner", "{ file = \"/etc/motd\" }")]
    [TestCase("access_times = 8:00-17:59", "access_times", "[\"08:00-18:00\"]")]
    [TestCase("access_times = 0:00-3:00 22:00-23:59", "access_times", "[\"00:00-03:01\", \"22:00-24:00\"]")]
    [TestCase("server_args = -a b", "exec", "[\"/bin/cat\", \"-a\", \"b\"]")]
    [TestCase("redirect = 10.0.0.1 23", "redirect", "\"10.0.0.1:23\"")]
    [TestCase("redirect = 10.0.0.1 23\ninstances = UNLIMITED", "instances", null)]
    [TestCase("redirect = fe80::1 telnet", "redirect", "\"[fe80::1]:23\"")]
    [TestCase("flags = NODELAY KEEPALIVE", "nodelay", "true")]
    [TestCase("flags = SENSOR\ndeny_time = 10", "sensor", "\"10m\"")]
    [TestCase("flags = SENSOR\ndeny_time = FOREVER", "sensor", "\"365d\"")]
    [TestCase("flags = SENSOR", "builtin", "\"discard\"")]
    [TestCase("wait = yes", "wait", "true")]
    [TestCase("", "stderr", "\"socket\"")]
    [TestCase("wait = yes", "stderr", null)]
    public void An_attribute_becomes_a_key(string attributes, string key, string? value)
    {
        ServiceFile file = _source.XinetdService(attributes);
        Assert.That(file[key], Is.EqualTo(value));
        Assert.That(file.Enabled, Is.True);
    }

    [TestCase("", "9003")]
    [TestCase("flags = IPv4", "\"0.0.0.0:9003\"")]
    [TestCase("flags = IPv6", "9003")]
    [TestCase("flags = IPv4 IPv6", "9003")]
    [TestCase("bind = 127.0.0.1", "\"127.0.0.1:9003\"")]
    [TestCase("interface = ::1", "\"[::1]:9003\"")]
    [TestCase("bind = localhost", "\"[::1]:9003\"")]
    [TestCase("bind = localhost\nflags = IPv4", "\"127.0.0.1:9003\"")]
    [TestCase("socket_type = dgram\nwait = yes", "\"udp://:9003\"")]
    [TestCase("socket_type = dgram\nwait = yes\nbind = 127.0.0.1", "\"udp://127.0.0.1:9003\"")]
    public void An_address_is_built_of_several_attributes(string attributes, string listen) =>
        Assert.That(_source.XinetdService(attributes)["listen"], Is.EqualTo(listen));

    [TestCase("flags = SENSOR NODELAY\ndeny_time = 10\nbanner = /etc/motd\ninstances = 3\nonly_from = 10.0.0.1", "listen sensor")]
    [TestCase(
        "socket_type = dgram\ntype = INTERNAL UNLISTED\nflags = NODELAY\nbanner = /etc/motd\ninstances = 3\ncps = 5 5\nuser = root\n"
            + "only_from = 10.0.0.1",
        "builtin builtin_udp listen only_from rate")]
    [TestCase("redirect = 10.0.0.1 23\ninstances = 3\ngroups = yes\nnice = 3\nbanner = /etc/motd", "banner instances listen rate redirect")]
    [TestCase(
        "socket_type = dgram\nwait = yes\ninstances = 3\nper_source = 2\nbanner = /etc/motd\nflags = KEEPALIVE",
        "exec groups listen user wait")]
    public void What_has_no_meaning_for_a_kind_of_service_is_not_written(string attributes, string keys)
    {
        ServiceFile file = _source.Xinetd(ImportSource.Entry(attributes, "echo")).Single();
        Assert.That(
            ImportCorpus.Settings(file).Select(line => line.Split(' ')[0]).Order(StringComparer.Ordinal), Is.EqualTo(keys.Split(' ')));
        Assert.That(
            Enumerable.Range(3, attributes.Count(letter => letter == '\n') + 1).Where(
                line => !_source.Report.Mentions(new SourceLine(_source.Directory["xinetd.conf"], line))),
            Is.Empty);
    }

    [Test]
    public void V6only_closes_the_port_to_IPv4_whatever_its_value()
    {
        ServiceFile file = _source.XinetdService("v6only = no");
        Assert.That(file["v6only"], Is.EqualTo("true"));
        Assert.That(file.Render(), Does.Contain("# v6only = no closes the port to IPv4 in xinetd too"));
    }

    [Test]
    public void V6only_of_defaults_has_no_effect()
    {
        ServiceFile file = _source.Xinetd("defaults\n{\nv6only = yes\n}\n" + ImportSource.Entry("")).Single();
        Assert.That(file["v6only"], Is.Null);
        Assert.That(_source.Notes, Has.Exactly(1).StartsWith("xinetd.conf:3: note: v6only: without effect in defaults"));
    }

    [Test]
    public void A_user_by_number_gets_the_group_of_that_number() =>
        Assert.That(_source.XinetdService("user = 65534")["group"], Is.EqualTo("65534"));

    [TestCase("", "[]")]
    [TestCase("groups = no", "[]")]
    [TestCase("groups = yes", null)]
    public void Supplementary_groups_are_none_unless_asked_for(string attributes, string? groups) =>
        Assert.That(_source.XinetdService(attributes)["groups"], Is.EqualTo(groups));

    [Test]
    public void A_negative_nice_that_never_worked_is_a_comment()
    {
        ServiceFile file = _source.XinetdService("nice = -5");
        Assert.That(file["nice"], Is.Null);
        Assert.That(file.Render(), Does.Contain("# nice = -5 never had an effect"));
        Assert.That(_source.XinetdService("nice = -5\nuser = root")["nice"], Is.EqualTo("-5"));
    }

    [TestCase("flags = NAMEINARGS\nserver_args = tac -x", false)]
    [TestCase("server_args = tac -x\nflags = NAMEINARGS", true)]
    public void NAMEINARGS_is_argv0_in_any_order_and_a_crash_in_one(string attributes, bool crashes)
    {
        ServiceFile file = _source.XinetdService(attributes);
        Assert.That((file["exec"], file["argv0"]), Is.EqualTo(("[\"/bin/cat\", \"-x\"]", "\"tac\"")));
        Assert.That(file.Render().Contains("crashes"), Is.EqualTo(crashes));
    }

    [Test]
    public void The_lost_environment_is_said_in_a_comment()
    {
        Assert.That(_source.XinetdService("").Render(), Does.Contain("# Environment: xinetd passes on all of its own"));
        Assert.That(_source.XinetdService("passenv = TZ").Render(), Does.Not.Contain("# Environment"));
    }

    [Test]
    public void The_bound_of_a_redirect_that_was_unlimited_is_said()
    {
        _source.XinetdService("redirect = 10.0.0.1 23\ninstances = UNLIMITED");
        Assert.That(_source.Notes, Has.Some.Contains("instances").And.Contains("at most 1000"));
    }

    [Test]
    public void Cps_is_a_rate_with_a_comment() =>
        Assert.That(
            _source.XinetdService("cps = 25 30").Render().ReplaceLineEndings(" ").Replace(" # ", " "),
            Does.Contain(
                "xinetd closes the port for some seconds when more come, superd refuses only what is too much, so the 30 seconds have no "
                    + "meaning rate = \"25/s\""));

    [TestCase("instances = 0")]
    [TestCase("per_source = 0")]
    [TestCase("umask = 999")]
    [TestCase("env = NOVALUE")]
    [TestCase("access_times = 12:00-24:00")]
    [TestCase("access_times = 22:00-6:00")]
    [TestCase("flags = NOSUCH")]
    [TestCase("socket_type = dgram")]
    [TestCase("log_on_success = TRAFFIC")]
    [TestCase("disable = yes")]
    [TestCase("disable = perhaps")]
    [TestCase("umask += 022")]
    public void What_xinetd_does_not_run_is_off(string attributes) => Assert.That(_source.XinetdService(attributes).Enabled, Is.False);

    [Test]
    public void What_comes_after_disable_is_imported_all_the_same()
    {
        ServiceFile file = _source.XinetdService("disable = yes\ninstances = 4");
        Assert.That((file.Enabled, file["instances"]), Is.EqualTo((false, "4")));
        Assert.That(file.Render(), Does.Contain("# Off: disable = yes in line 9\nenabled = false\n"));
    }

    [Test]
    public void An_error_keeps_a_service_off_even_where_disable_no_follows_it()
    {
        ServiceFile file = _source.XinetdService("no_access = 1.2.3.4,5.6.7.8\ndisable = no");
        Assert.That(file.Enabled, Is.False);
    }

    [Test]
    public void Enabled_and_disabled_of_defaults_are_written_into_the_services()
    {
        string entries = ImportSource.Entry("", "one") + ImportSource.Entry("id = second", "two") + ImportSource.Entry("", "three");
        List<ServiceFile> files = _source.Xinetd("defaults\n{\nenabled = one second\ndisabled = one\n}\n" + entries);
        Assert.That(
            files.Select(file => (file.Name, file.Enabled)), Is.EqualTo(new[] { ("one", false), ("second", true), ("three", false) }));
    }

    [Test]
    public void Defaults_are_filled_in_wherever_they_stand()
    {
        const string Defaults = "defaults\n{\ninstances = 7\nunused = 1\n}\n";
        Assert.That(_source.Xinetd(Defaults + ImportSource.Entry("")).Single()["instances"], Is.EqualTo("7"));
        Assert.That(_source.Xinetd(ImportSource.Entry("") + Defaults).Single()["instances"], Is.EqualTo("7"));
    }

    [Test]
    public void Access_lists_of_defaults_hold_only_for_services_behind_them()
    {
        const string Defaults = "defaults\n{\nonly_from = 10.0.0.1\n}\n";
        Assert.That(_source.Xinetd(Defaults + ImportSource.Entry("")).Single()["only_from"], Is.EqualTo("\"10.0.0.1\""));
        Assert.That(_source.Xinetd(ImportSource.Entry("") + Defaults).Single()["only_from"], Is.Null);
        Assert.That(_source.Notes, Has.Some.Contains("stands after service test").And.Contains("runs without it in xinetd"));
    }

    [TestCase("only_from = 1.1.1.1", "\"1.1.1.1\"")]
    [TestCase("only_from += 1.1.1.1", "[\"10.0.0.1\", \"10.0.0.2\", \"1.1.1.1\"]")]
    [TestCase("only_from -= 10.0.0.1", "\"10.0.0.2\"")]
    [TestCase("only_from =", "[]")]
    [TestCase("", "[\"10.0.0.1\", \"10.0.0.2\"]")]
    public void A_set_replaces_or_changes_that_of_defaults(string attribute, string expected)
    {
        ServiceFile file = _source
            .Xinetd("defaults\n{\nonly_from = 10.0.0.1\nonly_from = 10.0.0.2\n}\n" + ImportSource.Entry(attribute))
            .Single();
        Assert.That(file["only_from"], Is.EqualTo(expected));
        Assert.That(file.Render().Contains("put together"), Is.EqualTo(attribute is not ("only_from = 1.1.1.1" or "only_from =")));
    }

    [Test]
    public void Of_two_lines_of_one_attribute_the_first_counts()
    {
        Assert.That(_source.XinetdService("umask = 027\numask = 077")["umask"], Is.EqualTo("\"027\""));
        Assert.That(_source.Notes, Has.Some.StartsWith("xinetd.conf:10: wrong: umask: already set by "));
    }

    [TestCase("frobnicate = 1", "xinetd has no such attribute of a service and ignores it")]
    [TestCase("banner = /etc/motd # hello", "takes 1 value, found 3 (a comment must be a line of its own); xinetd ignores the line")]
    public void A_line_that_xinetd_ignores_is_listed_and_the_service_runs(string line, string message)
    {
        Assert.That(_source.XinetdService(line).Enabled, Is.True);
        Assert.That(_source.Notes, Has.Some.EqualTo($"xinetd.conf:9: wrong: {line.Split(' ')[0]}: {message}"));
    }

    [TestCase("id=a", "line 9 has no space before its operator")]
    [TestCase("id", "line 9 has no operator")]
    public void An_entry_that_xinetd_drops_is_listed(string line, string message)
    {
        Assert.That(_source.Xinetd(ImportSource.Entry(line)), Is.Empty);
        Assert.That(
            _source.Notes,
            Has.Some.EqualTo(
                $"xinetd.conf:1: wrong: service test (lines 1-10): {message}: xinetd drops the whole entry, and so it was not imported"));
    }

    [Test]
    public void A_brace_that_is_not_alone_drops_the_entry()
    {
        Assert.That(
            _source.Xinetd("service a\n{ type = UNLISTED\n}\n" + ImportSource.Entry("")).Select(file => file.Name),
            Is.EqualTo(new[] { "test" }));
        Assert.That(_source.Notes, Has.Some.Contains("there is no '{' alone in line 2"));
    }

    [Test]
    public void A_file_with_CR_LF_means_nothing_to_xinetd_and_is_imported_off()
    {
        ServiceFile file = _source.Xinetd(ImportSource.Entry("").ReplaceLineEndings("\r\n")).Single();
        Assert.That((file.Enabled, file["user"]), Is.EqualTo((false, "\"nobody\"")));
    }

    [Test]
    public void An_included_directory_is_read_by_xinetds_rules()
    {
        foreach (string name in (string[])["b", "a", "c.conf", "d~", ".e"])
        {
            _source.Directory.Write($"d/{name}", ImportSource.Entry("", $"from-{name[0]}"));
        }

        _source.Directory.MakeDirectory("d/sub");
        List<ServiceFile> files = _source.Xinetd($"includedir {_source.Directory["d"]}\n");
        Assert.That(files.Select(file => file.Name), Is.EqualTo(new[] { "from-a", "from-b" }));
        Assert.That(
            _source.Notes.Count(note => note.StartsWith("xinetd.conf:1: not imported: includedir: xinetd ", StringComparison.Ordinal)),
            Is.EqualTo(4));
    }

    [Test]
    public void A_file_that_includes_itself_ends()
    {
        string path = _source.Directory["xinetd.conf"];
        Assert.That(_source.Xinetd($"include {path}\n{ImportSource.Entry("")}"), Is.Not.Empty);
        Assert.That(_source.Notes, Has.Some.Contains("include each other"));
    }

    [Test]
    public void A_service_without_UNLISTED_whose_port_is_not_its_own_is_off()
    {
        ServiceFile file = _source.XinetdService("type =\nport = 9003");
        Assert.That((file.Enabled, file["listen"]), Is.EqualTo((false, "9003")));
    }

    [Test]
    public void A_name_without_port_is_looked_up_for_its_protocol() =>
        Assert.That(
            _source.Xinetd("service echo\n{\ntype = INTERNAL\nsocket_type = dgram\nwait = yes\n}\n").Single()["listen"],
            Is.EqualTo("\"udp://:7\""));

    [Test]
    public void A_builtin_is_a_builtin_and_over_UDP_asked_for()
    {
        ServiceFile file = _source
            .Xinetd("service chargen\n{\ntype = INTERNAL\nsocket_type = dgram\nwait = yes\nuser = root\n}\n")
            .Single();
        Assert.That(
            (file["builtin"], file["builtin_udp"], file["wait"], file["user"]),
            Is.EqualTo(("\"chargen\"", "true", (string?)null, (string?)null)));
    }

    [Test]
    public void A_multiplexed_service_opts_in_under_its_own_name()
    {
        ServiceFile file = _source
            .Xinetd(
                "service mymux\n{\nid = other\ntype = TCPMUXPLUS UNLISTED\nsocket_type = stream\nwait = no\nuser = nobody\n"
                    + "server = /bin/cat\n}\n")
            .Single();
        Assert.That((file.Name, file["tcpmux"], file["listen"], file.Enabled), Is.EqualTo(("mymux", "true", (string?)null, true)));
    }

    [TestCase("type = RPC UNLISTED\nrpc_version = 1", "RPC")]
    [TestCase("socket_type = seqpacket", "seqpacket")]
    [TestCase("protocol = ddp", "ddp")]
    public void What_superd_cannot_be_is_listed_as_a_whole(string attributes, string word)
    {
        Assert.That(_source.Xinetd(ImportSource.Entry(attributes)), Is.Empty);
        Assert.That(_source.Notes, Has.Exactly(1).StartsWith("xinetd.conf:1: not imported: service test (lines 1-").And.Contains(word));
    }

    [Test]
    public void Two_services_of_one_id_get_two_names() =>
        Assert.That(
            _source
                .Xinetd(ImportSource.Entry("", "a/b") + ImportSource.Entry("id = A-B") + ImportSource.Entry("", "a/b"))
                .Select(file => file.Name),
            Is.EqualTo(new[] { "a-b", "A-B-tcp", "a-b-tcp-2" }));

    [TestCase("hosts.deny", "ALL: ALL", "", false)]
    [TestCase("hosts.deny", "cat : ALL", "", false)]
    [TestCase("hosts.deny", "in.ftpd, cat: .example.com", "", false)]
    [TestCase("hosts.deny", "in.ftpd \\\n cat: .example.com", "", false)]
    [TestCase("hosts.deny", "ALL EXCEPT in.ftpd: ALL", "", false)]
    [TestCase("hosts.allow", "cat: 10.0.0.0/255.0.0.0 : deny", "", false)]
    [TestCase("hosts.deny", "other: ALL", "libwrap = other", false)]
    [TestCase("hosts.deny", "tac: ALL", "flags = NAMEINARGS\nserver_args = tac", false)]
    [TestCase("hosts.deny", "cat: ALL", "libwrap = other", true)]
    [TestCase("hosts.deny", "in.ftpd: ALL", "", true)]
    [TestCase("hosts.deny", "ALL: ALL", "flags = NOLIBWRAP", true)]
    [TestCase("hosts.deny", "# ALL: ALL", "", true)]
    [TestCase("hosts.allow", "ALL: ALL", "", true)]
    public void A_rule_of_libwrap_that_can_refuse_a_client_turns_its_service_off(string name, string rule, string attributes, bool isOn)
    {
        string rules = _source.Directory.Write(name, $"# nothing\n\n{rule}\n");
        ServiceFile file = _source.Xinetd(ImportSource.Entry(attributes), ImportCorpus.Host with { AccessFiles = [rules] }).Single();
        Assert.That(file.Enabled, Is.EqualTo(isOn));
        Assert.That(_source.Notes.Count(note => note.StartsWith($"{name}:3: not imported: libwrap of test: ")), Is.EqualTo(isOn ? 0 : 1));
    }

    [TestCase("INTERCEPT")]
    [TestCase("IDONLY")]
    public void A_flag_that_keeps_clients_out_turns_the_service_off(string flag)
    {
        ServiceFile file = _source.XinetdService($"flags = {flag}");
        Assert.That(file.Enabled, Is.False);
        Assert.That(file.Render(), Does.Contain($"# Off: {flag} of flags ("));
    }

    [Test]
    public void A_flag_that_narrows_the_program_is_a_warning_at_the_top()
    {
        ServiceFile file = _source.XinetdService("flags = LABELED");
        Assert.That(file.Enabled, Is.True);
        Assert.That(file.Render().Split('\n')[1], Does.StartWith("# Warning: LABELED of flags ("));
    }

    [Test]
    public void A_word_is_blamed_on_the_line_that_holds_it()
    {
        _source.Xinetd("defaults\n{\nlog_on_failure = HOST\nno_access = 10.0.0.0\n}\n"
            + ImportSource.Entry("log_on_failure += USERID\nno_access += bad.example\nno_access += 10.0.0.2"));
        Assert.That(_source.Notes, Has.Exactly(1).Contains("not imported: log_on_failure: USERID"));
        Assert.That(_source.Notes, Has.Exactly(1).StartsWith("xinetd.conf:14: not imported: log_on_failure: USERID: "));
        Assert.That(_source.Notes, Has.Exactly(1).StartsWith("xinetd.conf:15: not imported: no_access: bad.example: "));
        Assert.That(_source.Notes, Has.Exactly(1).Contains(": note: no_access: "));
        Assert.That(_source.Notes, Has.Exactly(1).StartsWith("xinetd.conf:4: note: no_access: '10.0.0.0' is 10.0.0.0/8"));
        Assert.That(_source.Notes, Has.Some.StartsWith("xinetd.conf:3: log_on_failure: "));
    }

    /// <summary>Seen with the real xinetd: printf got -c, "echo and hi".</summary>
    [Test]
    public void Arguments_are_split_as_xinetd_splits_them_and_it_is_said_so()
    {
        ServiceFile file = _source.XinetdService("server = /bin/sh\nserver_args = -c \"echo hi\"");
        Assert.That(file["exec"], Is.EqualTo("[\"/bin/sh\", \"-c\", \"\\\"echo\", \"hi\\\"\"]"));
        const string Meant = "write exec = [\"/bin/sh\", \"-c\", \"echo hi\"]";
        Assert.That(file.Render().Replace("\n# ", " "), Does.Contain("xinetd has no quotes").And.Contain(Meant));
        Assert.That(_source.Notes, Has.Exactly(1).StartsWith("xinetd.conf:9: note: server_args: xinetd has no quotes").And.Contain(Meant));
    }

    [TestCase("log_type = SYSLOG daemon info", "log = { target = \"syslog\" }")]
    [TestCase("log_type = FILE /var/log/x 1M", "log = { target = \"file:/var/log/x\" }")]
    public void The_target_of_the_log_is_said(string attribute, string target)
    {
        _source.XinetdService(attribute);
        Assert.That(_source.Notes, Has.Exactly(1).StartsWith("xinetd.conf:9: note: log_type: ").And.Contain(target));
    }

    [TestCase("services:\n  web:\n    image: nginx\n")]
    [TestCase("9003 stream tcp nowait nobody /bin/cat cat\n")]
    [TestCase("[Socket]\nListenStream=9003\n")]
    [TestCase("service providers read this\nand more\n")]
    [TestCase("Defaults are good\n")]
    [TestCase("listen = 9003\nexec = \"/bin/cat\"\n")]
    public void A_file_without_an_entry_is_no_configuration_of_xinetd(string text)
    {
        string file = _source.Directory.Write("other", text);
        ImportProblem? problem = SuperD.Importing.Xinetd.XinetdMapper.Import(file, _source.Report, ImportCorpus.Host).Problem;
        Assert.That(problem, Is.Not.Null);
        Assert.That((problem!.IsOtherContent, problem.Text), Is.EqualTo((true,
            $"{file} is no configuration of xinetd: no line of it is 'service NAME', 'defaults', 'include FILE' or 'includedir DIR'")));
    }

    [Test]
    public void A_configuration_without_services_is_one() => Assert.That(_source.Xinetd("defaults\n{\n}\n"), Is.Empty);

    [Test]
    public void A_file_that_is_not_text_is_refused()
    {
        string file = _source.Directory.Write("binary", "a\0b");
        Assert.That(
            SuperD.Importing.Xinetd.XinetdMapper.Import(file, _source.Report, ImportCorpus.Host),
            Is.EqualTo(((List<ServiceFile>?)null, new ImportProblem($"{file} is not a text file", IsOtherContent: true))));
    }
}
