using NUnit.Framework;
using SuperD.Importing;

namespace SuperD.Tests.Importing;

/// <summary>Units that systemd refuses or does not start, and programs that it finds or runs in another way.</summary>
public sealed class UnitRefusalTests
{
    private const string Accept = "ListenStream=9003\nAccept=yes", Program = "ExecStart=/bin/cat\nStandardInput=socket";

    private ImportSource _source = null!; // set before each test

    [SetUp]
    public void MakeSource() => _source = new ImportSource();

    [TearDown]
    public void DeleteSource() => _source.Dispose();

    [TestCase(Accept + "\nService=other.service", Program, "Service=other.service")]
    [TestCase("Accept=yes\nListenDatagram=9003", Program, "ListenDatagram=9003")]
    [TestCase(Accept, Program + "\nType=oneshot\nRestart=always", "Restart=always")]
    [TestCase(Accept, Program + "\nType=oneshot\nExitType=cgroup", "ExitType=cgroup")]
    [TestCase(Accept, Program + "\nType=dbus", "Type=dbus")]
    [TestCase(Accept, Program + "\nPAMName=login\nKillMode=process", "KillMode=process")]
    public void What_systemd_refuses_is_off(string socket, string service, string line)
    {
        ServiceFile file = _source.Systemd(socket, service);
        Assert.That(file.Reasons, Has.Some.StartsWith($"{line} (").And.Contains("systemd refuses such a unit: "));
        Assert.That(_source.Notes, Has.Some.Contains($"not imported: {line.Split('=')[0]}"));
    }

    [TestCase("ListenStream=9003\nService=test.service", Program)]
    [TestCase("ListenDatagram=9003", Program)]
    [TestCase(Accept, Program + "\nType=oneshot\nRestart=on-failure")]
    [TestCase(Accept, Program + "\nType=dbus\nBusName=a.b")]
    [TestCase(Accept, Program + "\nRestart=always")]
    public void What_systemd_takes_is_on(string socket, string service) =>
        Assert.That(_source.Systemd(socket, service).Enabled, Is.True);

    [TestCase("PAMName=login")]
    [TestCase("LoadCredential=key:/etc/key")]
    [TestCase("OpenFile=/etc/key")]
    public void What_may_keep_a_program_from_starting_turns_the_service_off(string line) =>
        Assert.That(_source.Systemd(Accept, $"{Program}\n{line}").Reasons.Single(), Does.StartWith($"{line} ("));

    [TestCase("EnvironmentFile=/nonexistent", "systemd does not start the program without it")]
    [TestCase("EnvironmentFile=/etc/default/*.conf", "a pattern: name its files")]
    [TestCase("EnvironmentFile=-/etc/default/*", "a pattern: name its files")]
    [TestCase("EnvironmentFile=-/dev/zero", "is a device, not a regular file")]
    [TestCase("EnvironmentFile=/run/%m", "%m is known only when systemd starts it")]
    public void A_file_of_variables_that_is_not_read_turns_the_service_off(string line, string why)
    {
        ServiceFile file = _source.Systemd(Accept, $"{Program}\n{line}");
        Assert.That(file.Reasons.Single(), Does.StartWith($"{line} (").And.Contain(why));
        Assert.That(_source.Notes, Has.Some.Contains("test@.service:4: not imported: EnvironmentFile: "));
    }

    [TestCase("EnvironmentFile=-/nonexistent")]
    [TestCase("EnvironmentFile=relative")]
    [TestCase("EnvironmentFile=/nonexistent\nEnvironmentFile=")]
    public void One_that_systemd_does_without_leaves_it_on(string lines) =>
        Assert.That(_source.Systemd(Accept, $"{Program}\n{lines}").Enabled, Is.True);

    [Test]
    public void A_specifier_in_the_path_of_a_file_of_variables_is_expanded()
    {
        string file = _source.Directory.Write("test.env", "A=1\n", "644");
        string path = Path.Combine(Path.GetDirectoryName(file)!, "%p.env");
        Assert.That(_source.Systemd(Accept, $"{Program}\nEnvironmentFile={path}")["env"], Is.EqualTo("{ A = \"1\" }"));
    }

    [Test]
    public void A_program_is_found_by_its_search_path_alone()
    {
        string tool = _source.Directory.Write("bin/cat", "", "755");
        string bin = Path.GetDirectoryName(tool)!;
        ServiceFile file = _source.Systemd(Accept, $"ExecStart=cat\nStandardInput=socket\nExecSearchPath=/opt/none:{bin}");
        Assert.That(
            (file["exec"], file["env"], file.Enabled), Is.EqualTo(($"\"{tool}\"", $"{{ PATH = \"/opt/none:{bin}\" }}", true)));
        file = _source.Systemd(Accept, "ExecStart=cat -n\nStandardInput=socket\nExecSearchPath=/opt/none");
        Assert.That(file["exec"], Is.EqualTo("[\"/opt/none/cat\", \"-n\"]"));
        Assert.That(
            file.Reasons.Single(),
            Does.StartWith("ExecStart=cat -n (").And.Contain("'cat' is in no directory of ExecSearchPath= on this machine"));
    }

    [TestCase("-/bin/cat", true)]
    [TestCase("+-:/bin/cat", true)]
    [TestCase("!!/bin/cat", true)]
    [TestCase("'-/bin/cat'", true)]
    [TestCase("|/bin/cat", false)]
    [TestCase("-|/bin/cat", false)]
    [TestCase("--/bin/cat", false)]
    [TestCase("!!!/bin/cat", false)]
    [TestCase("+!/bin/cat", false)]
    [TestCase("- /bin/cat", false)]
    [TestCase("./cat", false)]
    public void A_prefix_is_what_it_is_for_systemd(string command, bool isOn)
    {
        ServiceFile file = _source.Systemd(Accept, $"ExecStart={command}\nStandardInput=socket");
        Assert.That(file.Enabled, Is.EqualTo(isOn), string.Join(' ', file.Reasons));
        Assert.That(file["exec"], Is.EqualTo(isOn || command.Contains('|') ? "\"/bin/cat\"" : null));
    }

    [TestCase("UnsetEnvironment=PATH HOME", "PATH, HOME", null)]
    [TestCase("UnsetEnvironment=REMOTE_ADDR", "REMOTE_ADDR", null)]
    [TestCase("UnsetEnvironment=HOME USER LOGNAME SHELL", null, "false")]
    [TestCase("UnsetEnvironment=HOME USER\nUnsetEnvironment=LOGNAME SHELL PATH", "PATH", "false")]
    [TestCase("UnsetEnvironment=HOME\nSetLoginEnvironment=no", null, "false")]
    [TestCase("UnsetEnvironment=LANG", null, null)]
    public void A_variable_that_superd_sets_all_the_same_is_told(string lines, string? names, string? login)
    {
        ServiceFile file = _source.Systemd(Accept, $"{Program}\n{lines}");
        Assert.That(file["login_env"], Is.EqualTo(login));
        Assert.That(file.Render().Replace("\n# ", " ").Contains($"superd sets {names} for"), Is.EqualTo(names is not null));
        Assert.That(_source.Notes.Any(note => note.Contains("not imported: UnsetEnvironment=")), Is.EqualTo(names is not null));
    }

    [TestCase("fe80::1%%lo")]
    [TestCase("10.0.0.1/33")]
    [TestCase("010.0.0.1")]
    [TestCase("0x0a.0.0.1")]
    [TestCase("10.1")]
    [TestCase("[::1]")]
    public void An_address_that_is_none_to_systemd_turns_the_service_off(string word)
    {
        ServiceFile file = _source.Systemd($"{Accept}\nIPAddressDeny=any\nIPAddressAllow={word}", Program);
        Assert.That((file.Enabled, file["only_from"]), Is.EqualTo((false, "[]")));
    }

    [TestCase("ListenStream=[::1]:80", "\"[::1]:80\"", true)]
    [TestCase("ListenStream=127.1:80", "\"127.0.0.1:80\"", false)]
    [TestCase("ListenStream=::1:80", "\"127.0.0.1:80\"", false)]
    public void An_address_to_listen_on_is_one_to_systemd(string line, string listen, bool isOn)
    {
        ServiceFile file = _source.Systemd($"{line}\nAccept=yes", Program);
        Assert.That((file["listen"], file.Enabled), Is.EqualTo((listen, isOn)));
    }
}
