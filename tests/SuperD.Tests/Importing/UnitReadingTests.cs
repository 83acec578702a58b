using System.Text;
using NUnit.Framework;
using SuperD.Importing;
using SuperD.Importing.Systemd;

namespace SuperD.Tests.Importing;

/// <summary>Which lines of a unit systemd reads, what an empty one does, and what decides whether it starts at all.</summary>
public sealed class UnitReadingTests
{
    private const string Accept = "ListenStream=9003\nAccept=yes", Program = "ExecStart=/bin/cat\nStandardInput=socket";

    private ImportSource _source = null!; // set before each test

    [SetUp]
    public void MakeSource() => _source = new ImportSource();

    [TearDown]
    public void DeleteSource() => _source.Dispose();

    [TestCase("r-b@x")]
    [TestCase("r-b@")]
    [TestCase("r-@x")]
    [TestCase("r-@")]
    [TestCase("r-")]
    public void A_drop_in_of_a_shorter_name_is_read_for_an_instance(string name)
    {
        _source.Directory.Write("r-b@.socket", $"[Socket]\n{Accept}\n");
        _source.Directory.Write("r-b@.service", $"[Service]\n{Program}\n");
        _source.Directory.Write($"{name}.socket.d/x.conf", "[Socket]\nIPAddressDeny=any\n");
        Assert.That(Import("r-b@x.socket")["only_from"], Is.EqualTo("[]"));
    }

    [TestCase("foo-bar@", "3")]
    [TestCase("foo-@", "3")]
    [TestCase("foo-", "3")]
    [TestCase("foo-x@", null)]
    public void The_service_of_a_connection_has_the_drop_ins_of_all_instances(string name, string? nproc)
    {
        _source.Directory.Write("foo-bar.socket", $"[Socket]\n{Accept}\n");
        _source.Directory.Write("foo-bar@.service", $"[Service]\n{Program}\n");
        _source.Directory.Write($"{name}.service.d/x.conf", "[Service]\nLimitNPROC=3\n");
        Assert.That(Import("foo-bar.socket")["rlimit"], Is.EqualTo(nproc is null ? null : $"{{ nproc = \"{nproc}\" }}"));
    }

    [Test]
    public void An_instance_is_not_cut_at_its_own_dashes()
    {
        _source.Directory.Write("r@.socket", $"[Socket]\n{Accept}\n");
        _source.Directory.Write("r@.service", $"[Service]\n{Program}\n");
        _source.Directory.Write("r@a-.socket.d/x.conf", "[Socket]\nMaxConnections=7\n");
        Assert.That(Import("r@a-b.socket")["instances"], Is.EqualTo("64"));
    }

    [TestCase("[socket]\nIPAddressAllow=any\n")]
    [TestCase("[Unit]\nIPAddressAllow=any\n")]
    [TestCase("[Service]\nIPAddressAllow=any\n")]
    [TestCase("[ Socket ]\nIPAddressAllow=any\n")]
    [TestCase("[Socket]\nipaddressallow=any\n")]
    public void A_directive_outside_of_its_section_is_none(string text)
    {
        ServiceFile file = _source.Systemd($"{Accept}\nIPAddressDeny=any\n{text}", Program);
        Assert.That(file["only_from"], Is.EqualTo("[]"));
        Assert.That(_source.Notes, Has.Some.StartsWith("test.socket:6: ").And.Contain("systemd ignores "));
    }

    [Test]
    public void A_section_in_another_case_alone_is_no_socket_unit()
    {
        string file = _source.Directory.Write("a.socket", "[socket]\nListenStream=9003\n");
        Assert.That(SystemdMapper.Import([file], _source.Report, ImportCorpus.Host).Problem?.IsOtherContent, Is.True);
    }

    [TestCase("[Unit]\nAssertPathExists=/nonexistent")]
    [TestCase("[Unit]\nConditionPathExists=!/etc/nologin")]
    [TestCase("[Unit]\nConditionFirstBoot=no")]
    [TestCase("[Unit]\nConditionACPower=false")]
    [TestCase("[Unit]\nRequisite=firewall.service")]
    [TestCase("[Unit]\nRequires=sysinit.target firewall.service")]
    [TestCase("[Unit]\nRequires=firewall.service\nRequires=")]
    [TestCase("[Unit]\nBindsTo=dev-ttyS0.device")]
    [TestCase("[Unit]\nRequiresMountsFor=/srv")]
    [TestCase("[Service]\nExecStartPre=/usr/bin/test -e /etc/open-for-business")]
    [TestCase("[Service]\nExecStartPre=/bin/false\nExecStartPre=-/bin/true")]
    [TestCase("[Service]\nExecCondition=false")]
    public void What_decides_whether_it_starts_turns_the_service_off(string lines)
    {
        ServiceFile file = _source.Systemd(Accept, $"{Program}\n{lines}");
        string line = lines.Split('\n')[1];
        Assert.That(file.Enabled, Is.False);
        Assert.That(file.Render().Replace("\n# ", " "), Does.Contain($" Off: {line} ("));
        Assert.That(_source.Notes, Has.Some.Contains($"not imported: {line}: "));
    }

    [TestCase("[Unit]\nConditionPathExists=/x\nConditionHost=y\nConditionUser=")]
    [TestCase("[Unit]\nAssertHost=y\nAssertPathExists=")]
    [TestCase("[Unit]\nRequires=test.socket network.target")]
    [TestCase("[Unit]\nWants=firewall.service")]
    [TestCase("[Service]\nExecStartPre=-/bin/false")]
    [TestCase("[Service]\nExecStartPre=/bin/false\nExecStartPre=")]
    public void What_does_not_decide_leaves_it_on(string lines) =>
        Assert.That(_source.Systemd(Accept, $"{Program}\n{lines}").Enabled, Is.True);

    [Test]
    public void A_condition_of_the_socket_unit_turns_the_service_off() =>
        Assert.That(_source.Systemd($"{Accept}\n[Unit]\nAssertPathExists=/nonexistent", Program).Enabled, Is.False);

    [TestCase("CapabilityBoundingSet=", true)]
    [TestCase("CapabilityBoundingSet=CAP_CHOWN\nCapabilityBoundingSet=", true)]
    [TestCase("CapabilityBoundingSet=CAP_CHOWN\nCapabilityBoundingSet=~", false)]
    [TestCase("NoNewPrivileges=yes\nNoNewPrivileges=", true)]
    [TestCase("ProtectSystem=strict\nProtectSystem=", true)]
    [TestCase("SystemCallFilter=@system-service\nSystemCallFilter=", false)]
    [TestCase("MemoryMax=1G\nMemoryMax=", false)]
    public void An_empty_value_is_none_or_nothing_or_a_reset(string lines, bool narrows)
    {
        ServiceFile file = _source.Systemd(Accept, $"{Program}\n{lines}");
        Assert.That(file.Render().Contains("# Warning: "), Is.EqualTo(narrows), file.Render());
    }

    [TestCase(Accept + "\nAccept=", "wait", null)]
    [TestCase(Accept + "\nAccept=maybe", "wait", null)]
    [TestCase(Accept + "\nMaxConnections=3\nMaxConnections=", "instances", "3")]
    [TestCase("ListenStream=/run/x\nAccept=yes\nSocketMode=0600\nSocketMode=", "socket_mode", "\"0600\"")]
    [TestCase(Accept + "\nListenFIFO=\nListenStream=127.0.0.1:9004", "listen", "\"127.0.0.1:9004\"")]
    [TestCase(Accept + "\nIPAddressDeny=any\nIPAddressDeny=", "only_from", null)]
    public void An_empty_line_of_the_socket_does_what_it_does_in_systemd(string socket, string key, string? value) =>
        Assert.That(_source.Systemd(socket, Program)[key], Is.EqualTo(value));

    [TestCase("RuntimeMaxSec=2 weeks", "\"14d\"")]
    [TestCase("RuntimeMaxSec=1.5", "\"1s500ms\"")]
    [TestCase("RuntimeMaxSec=1month", "\"30d10h30m\"")]
    [TestCase("RuntimeMaxSec=1h30min", "\"1h30m\"")]
    [TestCase("RuntimeMaxSec=1 h 30 min", "\"1h30m\"")]
    [TestCase("RuntimeMaxSec=0.5d 1500us", "\"12h2ms\"")]
    [TestCase("RuntimeMaxSec=12.34.56", null)]
    [TestCase("RuntimeMaxSec=3.sec", null)]
    [TestCase("RuntimeMaxSec=5 lightyears", null)]
    [TestCase("RuntimeMaxSec=99999999999999999999999999999 y", null)]
    [TestCase("RuntimeMaxSec=2y", null)]
    public void A_time_has_every_form_of_systemds(string line, string? value)
    {
        ServiceFile file = _source.Systemd(Accept, $"{Program}\n{line}");
        Assert.That(file["run_timeout"], Is.EqualTo(value));
        Assert.That(file.Render().Contains("# Warning: RuntimeMaxSec="), Is.EqualTo(value is null));
    }

    [TestCase("LimitFSIZE=64M", "{ fsize = \"64M\" }")]
    [TestCase("LimitFSIZE=1.5G", "{ fsize = \"1610612736\" }")]
    [TestCase("LimitFSIZE=1P", "{ fsize = \"1125899906842624\" }")]
    [TestCase("LimitFSIZE=99999E", null)]
    public void A_size_has_every_form_of_systemds(string line, string? value) =>
        Assert.That(_source.Systemd(Accept, $"{Program}\n{line}")["rlimit"], Is.EqualTo(value));

    [Test]
    public void A_byte_that_is_not_UTF8_keeps_systemd_from_loading_the_unit_and_the_rest_is_read()
    {
        _source.Directory.Write("a.socket", $"[Socket]\n{Accept}\n");
        string unit = _source.Directory.Write("a@.service", "");
        File.WriteAllBytes(
            unit,
            [
                .. Encoding.UTF8.GetBytes("# "), 0xff, .. Encoding.UTF8.GetBytes("\n[Service]\nStandardInput=socket\nExecStart=/bin/cat "),
                0xff, .. Encoding.UTF8.GetBytes(" /srv/é\n"),
            ]);
        ServiceFile file = Import("a.socket");
        Assert.That(file["exec"], Does.Contain("\"/srv/é\""));
        Assert.That(file.Enabled, Is.False);
        Assert.That(_source.Notes, Has.Exactly(1).StartsWith("a@.service:4: wrong: ").And.Contain("has bytes that are not UTF-8"));
    }

    [Test]
    public void A_comment_in_another_encoding_harms_nothing()
    {
        _source.Directory.Write("a.socket", $"[Socket]\n{Accept}\n");
        string unit = _source.Directory.Write("a@.service", "");
        File.WriteAllBytes(unit, [.. Encoding.UTF8.GetBytes("# "), 0xe9, .. Encoding.UTF8.GetBytes($"\n[Service]\n{Program}\n")]);
        Assert.That(Import("a.socket").Enabled, Is.True);
    }

    private ServiceFile Import(string unit) =>
        SystemdMapper.Import([_source.Directory[unit]], _source.Report, ImportCorpus.Host).Files!.Single(); // the files are there
}
