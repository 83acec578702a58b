using NUnit.Framework;
using SuperD.Importing;
using SuperD.Importing.Systemd;
using SuperD.Tests.Support;

namespace SuperD.Tests.Importing;

/// <summary>The directives of systemd.exec(5) that confine a program: a sandbox for a unit that gives up privileges only.</summary>
public sealed class SystemdSandboxTests
{
    private const string Accept = "ListenStream=127.0.0.1:9003\nAccept=yes";
    private const string Program = "StandardInput=socket\nExecStart=/bin/cat\n";
    private const string Unprivileged = "User=nobody\nNoNewPrivileges=yes\n";

    private ImportSource _source = null!; // set before each test

    [SetUp]
    public void MakeSource() => _source = new ImportSource();

    [TearDown]
    public void DeleteSource() => _source.Dispose();

    [TestCase("NoNewPrivileges=yes", TestName = "no new privileges alone")]
    [TestCase("User=nobody\nNoNewPrivileges=yes\nProtectHome=yes\nPrivateTmp=yes", TestName = "no essential")]
    [TestCase("User=nobody\nProtectSystem=strict", TestName = "set-user-id programs work")]
    [TestCase("NoNewPrivileges=yes\nProtectSystem=strict", TestName = "root with its capabilities")]
    [TestCase("User=root\nNoNewPrivileges=yes\nPrivateNetwork=yes", TestName = "root by name")]
    [TestCase(Unprivileged + "ProtectSystem=full", TestName = "not all files")]
    [TestCase(Unprivileged + "RootDirectory=/srv\nPrivateNetwork=yes", TestName = "another root")]
    public void What_is_less_than_a_sandbox_becomes_none_and_is_warned_of(string lines)
    {
        ServiceFile file = _source.Systemd(Accept, Program + lines);
        Assert.That((file["sandbox"], file["readable"], file["network"]), Is.EqualTo(((string?)null, (string?)null, (string?)null)));
        string last = lines.Split('\n').Last(line => !line.StartsWith("User", StringComparison.Ordinal));
        Assert.That(file.Render().Replace("\n# ", " "), Does.Match($"Warning: .*{last} .*less confinement"));
        Assert.That(file.Enabled, Is.True);
    }

    [TestCase("ProtectSystem=strict", "sandbox", "\"basic\"")]
    [TestCase("ProtectSystem=strict", "readable", "\"/\"")]
    [TestCase("ProtectSystem=strict", "writable", null)]
    [TestCase("ProtectSystem=strict\nProtectHome=read-only", "readable", "\"/\"")]
    [TestCase(
        "ProtectSystem=strict\nProtectHome=yes",
        "readable",
        "[\"-/boot\", \"-/media\", \"-/mnt\", \"-/run\", \"-/srv\", \"-/sys\", \"-/var\"]")]
    [TestCase(
        "ProtectSystem=strict\nInaccessiblePaths=-/home /srv\nInaccessiblePaths=/root",
        "readable",
        "[\"-/boot\", \"-/media\", \"-/mnt\", \"-/run\", \"-/sys\", \"-/var\"]")]
    [TestCase(
        "ProtectSystem=strict\nReadWritePaths=/srv -/mnt/x\nReadWritePaths=+/var/lib/%p\nStateDirectory=han han/more\nRuntimeDirectory=h:x",
        "writable",
        "[\"/srv\", \"-/mnt/x\", \"/var/lib/test\", \"-/var/lib/han\", \"-/var/lib/han/more\", \"-/run/h\"]")]
    [TestCase("PrivateNetwork=yes", "sandbox", "\"basic\"")]
    [TestCase("PrivateNetwork=yes", "writable", "\"/\"")]
    [TestCase("PrivateNetwork=yes", "network", "\"off\"")]
    [TestCase("RestrictAddressFamilies=AF_UNIX", "network", "\"off\"")]
    [TestCase("RestrictAddressFamilies=none", "network", "\"off\"")]
    [TestCase("RestrictAddressFamilies=AF_UNIX AF_INET", "network", null)]
    [TestCase("RestrictAddressFamilies=~AF_PACKET", "sandbox", "\"basic\"")]
    [TestCase("SystemCallFilter=@system-service", "sandbox", "\"strict\"")]
    [TestCase("SystemCallFilter=@system-service", "network", "\"on\"")]
    [TestCase("SystemCallFilter=@system-service\nPrivateNetwork=yes", "network", "\"off\"")]
    [TestCase(
        "SystemCallFilter=@system-service\nSystemCallFilter=~@privileged @resources",
        "syscalls",
        "[\"-@privileged\", \"-@resources\"]")]
    [TestCase("SystemCallFilter=@system-service\nSystemCallFilter=@mount", "syscalls", "\"+@mount\"")]
    [TestCase("SystemCallFilter=~@mount ptrace:ENOSYS no_such_call", "syscalls", "[\"-@mount\", \"-ptrace\"]")]
    [TestCase("SystemCallFilter=~@mount", "sandbox", "\"basic\"")]
    [TestCase("SystemCallFilter=read write exit", "sandbox", "\"basic\"")]
    [TestCase("SystemCallFilter=read write exit", "syscalls", null)]
    [TestCase("SystemCallFilter=@system-service\nProtectSystem=strict\nPrivateTmp=yes", "writable", "[\"/tmp\", \"/var/tmp\"]")]
    public void A_unit_that_gives_up_privileges_gets_a_sandbox(string lines, string key, string? value)
    {
        ServiceFile file = _source.Systemd(Accept, Program + Unprivileged + lines);
        Assert.That(file[key], Is.EqualTo(value), file.Render());
    }

    [Test]
    public void Root_without_capabilities_gets_one_too() =>
        Assert.That(
            _source.Systemd(Accept, Program + "NoNewPrivileges=yes\nCapabilityBoundingSet=\nProtectSystem=strict")["sandbox"],
            Is.EqualTo("\"basic\""));

    [Test]
    public void What_a_sandbox_implies_is_imported_and_what_it_does_not_is_warned_of()
    {
        const string Implied = "ProtectKernelModules=yes\nProtectKernelTunables=yes\nProtectControlGroups=yes\nProtectClock=yes\n"
            + "ProtectHostname=yes\nLockPersonality=yes\nRestrictNamespaces=yes\nPrivateDevices=yes\nSystemCallArchitectures=native\n"
            + "SystemCallErrorNumber=EPERM\nKeyringMode=private\nReadOnlyPaths=/srv\nCapabilityBoundingSet=CAP_NET_ADMIN\n";
        const string Lost = "MemoryDenyWriteExecute=yes\nRestrictSUIDSGID=yes\nPrivateTmp=yes\nInaccessiblePaths=/srv/secret\n"
            + "ProtectProc=invisible\nBindPaths=/srv\nTemporaryFileSystem=/var\n";
        ServiceFile file = _source.Systemd(
            Accept, $"{Program}{Unprivileged}ProtectSystem=strict\nProtectHome=yes\nSystemCallFilter=~@mount\n{Implied}{Lost}");
        string text = file.Render().Replace("\n# ", " ");
        foreach (string line in Implied.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Assert.That(_source.Notes.Where(note => note.Contains("not imported") && note.Contains(line.Split('=')[0])), Is.Empty);
        }

        foreach (string line in Lost.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Assert.That(_source.Notes, Has.Some.Contains($"not imported: {line}"));
            Assert.That(text, Does.Match($"Warning: .*{line} .*does not hold this"));
        }
    }

    [Test]
    public void Without_confined_files_nothing_that_needs_them_is_claimed()
    {
        const string Lines = "PrivateNetwork=yes\nProtectControlGroups=yes\nProtectHome=yes\nReadOnlyPaths=/srv";
        _source.Systemd(Accept, Program + Unprivileged + Lines);
        foreach (string directive in (string[])["ProtectControlGroups=yes", "ProtectHome=yes", "ReadOnlyPaths=/srv"])
        {
            Assert.That(_source.Notes, Has.Some.Contains($"not imported: {directive}"));
        }
    }

    [TestCase("ListenStream=127.0.0.1:9003")]
    [TestCase("ListenDatagram=127.0.0.1:9003")]
    public void A_network_that_cannot_be_denied_is_not(string socket)
    {
        ServiceFile file = _source.Systemd(
            socket, "ExecStart=/bin/cat\n" + Unprivileged + "PrivateNetwork=yes\nSystemCallFilter=@system-service");
        Assert.That((file["sandbox"], file["network"]), Is.EqualTo(("\"strict\"", "\"on\"")));
        Assert.That(_source.Notes, Has.Some.Contains("not imported: PrivateNetwork=yes"));
    }

    [Test]
    public void Superd_accepts_what_is_written()
    {
        using TempDir directory = new();
        ServiceFile file = _source.Systemd(
            Accept,
            Program + $"User={Environment.UserName}\nSetLoginEnvironment=no\nNoNewPrivileges=yes\nCapabilityBoundingSet=\n"
                + "ProtectSystem=strict\nProtectHome=yes\nStateDirectory=superd-test-han\nSystemCallFilter=@system-service\n"
                + "SystemCallFilter=~@privileged @resources\nPrivateNetwork=yes");
        directory.Write("superd.toml", "");
        directory.Write("services.d/han.toml", file.Render());
        ProgramResult check = SuperdProgram.Run(directory.Path, "check");
        Assert.That(check.StandardOutput, Does.Contain("0 errors, 0 warnings").And.Contain("sandbox strict"), file.Render());
    }
}
