using NUnit.Framework;
using SuperD.Importing;
using SuperD.Importing.Xinetd;

namespace SuperD.Tests.Importing;

/// <summary>The import of mistakes in xinetd's configuration: what xinetd makes of them was seen with xinetd 2.3.15.3.</summary>
public sealed class XinetdMistakeTests
{
    private ImportSource _source = null!;

    [SetUp]
    public void MakeSource() => _source = new ImportSource();

    [TearDown]
    public void DeleteSource() => _source.Dispose();

    [TestCase("instances = 5 # at most", "instances", "5")]
    [TestCase("per_source = 10 # the maximum instances of this service per source IP address", "per_source", "10")]
    [TestCase("cps = 25 30 # a second", "rate", "\"25/s\"")]
    [TestCase("max_load = 2.5 #", "max_load", "2.5")]
    [TestCase("v6only = yes # no IPv4", "v6only", "true")]
    [TestCase("bind = 127.0.0.1 # local only", "listen", "\"127.0.0.1:9003\"")]
    [TestCase("bind = 192.168.1.1 10.0.0.1", "listen", "[\"192.168.1.1:9003\", \"10.0.0.1:9003\"]")]
    [TestCase("interface = 192.168.1.1 ::1", "listen", "[\"192.168.1.1:9003\", \"[::1]:9003\"]")]
    [TestCase("bind = apples please!", "listen", "9003")]
    [TestCase("instances = 5 10", "instances", null)]
    [TestCase("instances =", "instances", null)]
    [TestCase("cps = 25", "rate", "\"50/s\"")]
    public void A_line_that_narrows_access_and_that_xinetd_ignores_turns_the_service_off(string line, string key, string? value)
    {
        ServiceFile file = _source.XinetdService(line);
        string attribute = line.Split(' ')[0];
        Assert.That((file.Enabled, file[key]), Is.EqualTo((false, value)), "as it was meant, if that can be seen");
        Assert.That(
            _source.Notes,
            Has.Exactly(1).StartsWith($"xinetd.conf:9: wrong: {attribute}: takes ").And.Contain("xinetd ignores the line")
                .And.EndWith("here it is off (enabled = false)"));
        string text = file.Render().Replace("\n# ", " ");
        Assert.That(text, Does.Contain($" Off: {line} (").And.Contain("xinetd ignores the line"));
        Assert.That(text.Contains("was read as it was meant"), Is.EqualTo(value is not null and not "9003" and not "\"50/s\""));
    }

    [Test]
    public void Disable_yes_with_a_comment_behind_it_keeps_the_service_off()
    {
        string text = _source.XinetdService("disable = yes # for now").Render();
        Assert.That(text, Does.Contain("# Off: disable = yes in line 9\n").And.Contain("enabled = false"));
    }

    [Test]
    public void It_is_said_that_a_service_with_two_addresses_listens_on_all()
    {
        _source.XinetdService("bind = 192.168.1.1 10.0.0.1");
        Assert.That(_source.Notes, Has.Some.Contains("xinetd ignores the line and listens on all addresses"));
    }

    [TestCase("instances = UNLIMITED # no limit")]
    [TestCase("disable = no # it runs")]
    [TestCase("per_source = 10 # ten\nper_source = 4")]
    [TestCase("banner = /etc/motd # hello")]
    [TestCase("rlimit_cpu = 20 # seconds")]
    public void An_ignored_line_that_narrows_no_access_keeps_the_service_on(string attributes) =>
        Assert.That(_source.XinetdService(attributes).Enabled, Is.True);

    [TestCase("rlimit_cpu = 20 # seconds", "rlimit", "rlimit.cpu")]
    [TestCase("umask = 077 # mine", "umask", "umask")]
    [TestCase("nice = 10 # be kind", "nice", "nice")]
    public void An_ignored_line_that_narrows_the_program_is_a_warning_at_the_top(string line, string key, string here)
    {
        ServiceFile file = _source.XinetdService(line);
        Assert.That((file.Enabled, file[key]), Is.EqualTo((true, (string?)null)), "as in xinetd");
        string warning = file.Render().Replace("\n# ", " ").Replace(" Warning: ", "\n# Warning: ").Split('\n')[1];
        Assert.That(warning, Does.StartWith($"# Warning: {line} (").And.Contain($"set {here}"));
    }

    [TestCase("", false)]
    [TestCase("instances = 4", true)]
    public void An_ignored_line_of_defaults_is_lost_for_each_service_that_would_take_it(string attributes, bool isOn)
    {
        string entries = ImportSource.Entry(attributes, "one") + ImportSource.Entry(attributes, "two");
        List<ServiceFile> files = _source.Xinetd($"defaults\n{{\ninstances = 7 # at most\n}}\n{entries}");
        Assert.That(files.Select(file => file.Enabled), Is.EqualTo(new[] { isOn, isOn }));
        Assert.That(files.Select(file => file["instances"]), Is.All.EqualTo(isOn ? "4" : "7"));
        Assert.That(_source.Notes, Has.Exactly(1).StartsWith("xinetd.conf:3: wrong: instances: takes 1 value, found 4"));
    }

    [TestCase("only_from = 10.0.0.0/8 # office only", true, "\"10.0.0.0/8\"")]
    [TestCase("only_from = 10.0.0.0/8 # was 192.168.0.0/16", true, "[\"10.0.0.0/8\", \"192.168.0.0/16\"]")]
    [TestCase("no_access = 10.0.0.1 # evil", false, "\"10.0.0.1\"")]
    public void A_comment_behind_a_list_is_one_note(string line, bool isOn, string value)
    {
        ServiceFile file = _source.XinetdService(line);
        string attribute = line.Split(' ')[0];
        Assert.That((file.Enabled, file[attribute]), Is.EqualTo((isOn, value)), "xinetd takes the addresses of a comment too");
        Assert.That(
            _source.Notes.Where(note => note.StartsWith("xinetd.conf:9: ") && !note.StartsWith($"xinetd.conf:9: {attribute}")),
            Has.One.Items.And.One.Contains($"'{line[line.IndexOf('#')..]}' is no comment to xinetd: a comment must be a line of its own"));
    }

    [TestCase("server_args = -v # verbose", true)]
    [TestCase("access_times = 8:00-9:00 # day", false)]
    [TestCase("flags = NODELAY # fast", false)]
    public void A_comment_behind_other_values_is_told_to_be_none(string line, bool isOn)
    {
        Assert.That(_source.XinetdService(line).Enabled, Is.EqualTo(isOn));
        Assert.That(_source.Notes, Has.Exactly(1).Contains($"'{line[line.IndexOf('#')..]}' is no comment to xinetd"));
    }

    [TestCase("socket_type = stream\nprotocol = udp", "udp", "9003")]
    [TestCase("socket_type = dgram\nprotocol = tcp\nwait = yes", "tcp", "\"udp://:9003\"")]
    public void A_protocol_that_does_not_go_with_the_socket_type_is_off(string attributes, string protocol, string listen)
    {
        ServiceFile file = _source.XinetdService(attributes);
        Assert.That((file.Enabled, file["listen"]), Is.EqualTo((false, listen)));
        Assert.That(
            _source.Notes, Has.Exactly(1).Matches($@"^xinetd\.conf:\d+: wrong: protocol: {protocol} does not go with socket_type"));
    }

    [TestCase("user")]
    [TestCase("wait")]
    [TestCase("server")]
    [TestCase("socket_type")]
    public void An_attribute_without_which_xinetd_starts_nothing_is_missed_in_the_report(string attribute)
    {
        string[] lines = [.. ImportSource.Entry("").Split('\n').Where(line => !line.StartsWith(attribute))];
        Assert.That(_source.Xinetd(string.Join('\n', lines)).Single().Enabled, Is.False);
        Assert.That(_source.Notes, Has.Exactly(1).Matches($@"^xinetd\.conf:1: wrong: service test .*: {attribute}\b.* missing"));
    }

    [Test]
    public void Lines_that_end_in_CR_LF_are_told()
    {
        _source.Xinetd(ImportSource.Entry("").ReplaceLineEndings("\r\n"));
        Assert.That(
            _source.Notes, Has.Exactly(1).StartsWith("xinetd.conf:1: wrong: service test").And.Contain("CR LF").And.Contain("sed -i"));
    }

    [TestCase("service a {\n", "the '{' must be a line of its own")]
    [TestCase("service a {\n{\n", null)]
    [TestCase("service a\n", "there is no '{' alone in line 2")]
    [TestCase("service a\n{ id = a\n", "there is no '{' alone in line 2")]
    public void A_brace_that_is_not_alone_is_told_once_and_the_next_entry_is_read(string head, string? message)
    {
        const string Body = "type = UNLISTED\nport = 9001\nsocket_type = stream\nwait = no\nuser = nobody\nserver = /bin/cat\n}\n";
        Assert.That(
            _source.Xinetd(head + Body + ImportSource.Entry("", "b")).Select(file => file.Name),
            Is.EqualTo(message is null ? new[] { "a", "b" } : ["b"]));
        Assert.That(_source.Notes.Where(note => note.Contains(": wrong: ")), Has.Exactly(message is null ? 0 : 1).Items);
        Assert.That(_source.Notes, Has.Exactly(message is null ? 0 : 1).Contains(message ?? "wrong: "));
    }

    [Test]
    public void A_brace_behind_the_name_makes_a_file_no_other_file()
    {
        string file = _source.Directory.Write("mis", "service tftp {\n    port = 69\n}\n");
        Assert.That(XinetdMapper.Import(file, _source.Report, ImportCorpus.Host).Problem, Is.Null);
        Assert.That(
            _source.Notes, Has.One.Items.And.One.StartsWith("mis:1: wrong: service tftp (lines 1-3): the '{' must be a line of its own"));
    }

    /// <summary>xinetd looks for the '}' after an error, and so does not see what begins in between.</summary>
    [TestCase("foo bar\n")]
    [TestCase("}\n")]
    [TestCase("service\n{\n")]
    public void A_line_that_is_no_statement_takes_all_that_follows_to_the_next_brace(string stranger)
    {
        string text = stranger + ImportSource.Entry("", "a") + ImportSource.Entry("", "b");
        Assert.That(_source.Xinetd(text).Select(file => file.Name), Is.EqualTo(new[] { "b" }));
        Assert.That(_source.Notes.Where(note => note.Contains(": wrong: ")), Has.One.Items
            .And.One.StartsWith("xinetd.conf:1: wrong: ").And.One.Matches(@"xinetd skips all to the '\}' of line \d+"));
    }

    [Test]
    public void A_brace_at_the_end_is_ignored()
    {
        Assert.That(_source.Xinetd(ImportSource.Entry("") + "}\n"), Has.Count.EqualTo(1));
        Assert.That(_source.Notes, Has.One.EndsWith("wrong: \"}\": neither an entry nor an include; xinetd ignores it"));
    }

    [Test]
    public void A_note_about_defaults_that_holds_for_one_service_names_it()
    {
        _source.Xinetd("defaults\n{\ninstances = 7\n}\n" + ImportSource.Entry("wait = yes", "one") + ImportSource.Entry("", "two"));
        Assert.That(_source.Notes, Has.Exactly(1).StartsWith("xinetd.conf:3: note: instances: left out of one: with wait "));
    }

    [Test]
    public void Defaults_without_a_service_are_said_to_have_none()
    {
        _source.Xinetd("defaults\n{\ninstances = 7\n}\n");
        Assert.That(
            _source.Notes, Has.Exactly(1).EqualTo("xinetd.conf:3: not imported: instances: there is no service that could take it"));
    }

    [Test]
    public void V6only_no_of_defaults_is_nothing_to_tell()
    {
        _source.Xinetd("defaults\n{\nv6only = no\n}\n" + ImportSource.Entry(""));
        Assert.That(_source.Notes, Has.Exactly(1).StartsWith("xinetd.conf:3: v6only: "));
    }

    [TestCase("server = /bin/sh", false)]
    [TestCase("server = /usr/bin/python3\nserver_args = -u", false)]
    [TestCase("server = /bin/sh\nserver_args = -c id", true)]
    [TestCase("server = /bin/sh\nredirect = 10.0.0.1 23", true)]
    public void An_interpreter_that_reads_its_program_from_the_client_is_off(string attributes, bool isOn) =>
        Assert.That(_source.XinetdService(attributes).Enabled, Is.EqualTo(isOn));
}
