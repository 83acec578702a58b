using NUnit.Framework;
using SuperD.Cli;
using SuperD.Configuration;
using SuperD.Control;
using SuperD.Linux;
using SuperD.Tests.Support;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>sandbox = "jail" and jail: what they mean, and what cannot be.</summary>
public sealed class JailTests
{
    private const string Jail = "sandbox = \"jail\"\n";

    [Test]
    public void Alone_it_means_the_defaults()
    {
        SandboxDefinition sandbox = DefinitionOf(Listen + Exec + Jail).Sandbox!;
        Assert.That(
            sandbox.Jail,
            Is.EqualTo(new JailDefinition { Service = "han", Tmp = 16 << 20, HasProc = true, Hostname = "jail" }));
        Assert.That((sandbox.HasNetwork, sandbox.Jail!.HasOwnPids), Is.EqualTo((false, true)));
    }

    [Test]
    public void A_superd_without_the_capability_makes_it_in_a_user_namespace()
    {
        HostContext host = Ordinary with { UserId = 1000, GroupId = 100 };
        JailDefinition jail = DefinitionOf(Listen + Exec + Jail, host).Sandbox!.Jail!;
        Assert.That((jail.Owner, jail.HasOwnPids), Is.EqualTo(((JailOwner?)new JailOwner(1000, 100), false)));
    }

    [Test]
    public void Without_root_check_says_that_processes_are_not_separated()
    {
        HostContext plain = Ordinary with { UserId = 1000, GroupId = 100 };
        Assert.That(Held(plain), Does.Contain(", sandbox jail (it sees the machine's processes), "));
        Assert.That(Held(Able), Does.Contain(", sandbox jail, no network, "));

        // It has a program, and so a state.
        static string Held(HostContext host) => HeldText.Of(HeldStates.Of(DefinitionOf(Listen + Exec + Jail, host), "")!);
    }

    [Test]
    public void Each_setting_is_read_and_a_table_replaces_that_of_defaults()
    {
        const string Settings =
            "jail = { tmp = \"1M\", proc = false, hostname = \"a-b.c\", devices = \"/dev/tty\", bind = { \"/app/\" = \"/usr/share\" } }";
        Assert.That(DefinitionOf(Listen + Exec + Jail + Settings, superdToml: "defaults.jail.tmp = 0").Sandbox!.Jail, Is.EqualTo(
            new JailDefinition
            {
                Service = "han",
                Tmp = 1 << 20,
                HasProc = false,
                Hostname = "a-b.c",
                Devices = ["/dev/tty"],
                Binds = [new JailBind("/app", "/usr/share")],
            }));
        Assert.That(DefinitionOf(Listen + Exec + Jail, superdToml: "defaults.jail.tmp = 0").Sandbox!.Jail!.Tmp, Is.Zero);
    }

    [Test]
    public void Settings_need_a_jail()
    {
        Assert.That(
            ProblemsOf(Listen + Exec + "jail.tmp = 0"),
            Has.One.EndsWith(" without sandbox: nothing holds the program; write sandbox = \"jail\", or delete the line"));
        Assert.That(
            ProblemsOf(Listen + Exec + "sandbox = \"strict\"\njail = { tmp = 0 }"),
            Is.EqualTo(["4:8: error: jail has no meaning with sandbox = \"strict\"; write sandbox = \"jail\", or delete the line"]));
        Assert.That(ProblemsOf(Listen + Exec + "sandbox = \"strict\"", superdToml: "defaults.jail.tmp = 0"), Is.Empty);
    }

    [TestCase("jail = 5", "jail must be a table of settings, found the integer 5")]
    [TestCase("jail.size = 5", "unknown key \"jail.size\"; known are tmp, proc, hostname, devices, bind")]
    [TestCase("jail.tmpp = 5", "did you mean 'jail.tmp'?")]
    [TestCase("jail.tmp = 100", "jail.tmp must be a number of bytes or a size")]
    [TestCase("jail.tmp = \"16m\"", "did you mean \"16M\"?")]
    [TestCase("jail.tmp = \"1\"", "4096 or more, or 0 for none, found \"1\"; for example jail.tmp = \"16M\"")]
    [TestCase("jail.tmp = -1", "4096 or more, or 0 for none, found -1")]
    [TestCase("jail.hostname = \"a b\"", "jail.hostname must be 1 to 64 letters, digits, '-' and '.', found \"a b\"")]
    [TestCase("jail.devices = \"/usr\"", "jail.devices \"/usr\" is no device; name a device file such as \"/dev/kvm\"")]
    [TestCase("jail.bind = \"/usr\"", "jail.bind must be a table: the path in the jail = the path of what is there")]
    [TestCase("jail.bind = { app = \"/usr\" }", "the path in the jail, before the '=', must begin with '/'")]
    [TestCase("jail.bind = { \"/app\" = \"/usr/shar\" }", "\"/usr/shar\" does not exist; did you mean \"/usr/share\"?")]
    [TestCase("jail.bind = { \"\" = \"/usr\" }", "the path in the jail, before the '=', is empty")]
    [TestCase("jail.bind = { \"/app\" = \"\" }", "the path of what is there, after the '=', is empty")]
    [TestCase("jail.bind = { \"/app\" = \"-/nope\" }", "a \"-\" for what need not exist is not possible here")]
    [TestCase("jail.bind = { \"/proc/x\" = \"/usr\" }", "a jail has its own /proc; choose another path in the jail")]
    [TestCase("jail.bind = { \"/app/../../etc\" = \"/opt\" }", "4:15: error: jail.bind \"/app/../../etc\" has a \"..\"")]
    [TestCase("jail.bind = { \"/app\" = \"/\" }", "4:24: error: jail.bind \"/app\" = \"/\": a jail cannot have all files")]
    [TestCase("jail.bind = { \"/app\" = \"/proc/self/root\" }", "a jail cannot have all files")]
    [TestCase("jail.bind = { \"/p\" = \"/proc\" }", "4:22: error: jail.bind \"/p\" = \"/proc\": a jail has its own /proc")]
    [TestCase("jail.bind = { \"/s\" = \"/sys\" }", "/sys is the machine's, and cannot stand elsewhere")]
    [TestCase("jail.bind = { \"/d\" = \"/dev\" }", "a jail has its own /dev; name devices in jail.devices")]
    [TestCase("jail.bind = { \"/tmp/x\" = \"/opt\" }", "4:15: error: jail.bind \"/tmp/x\" is hidden in a jail, where /tmp is the")]
    [TestCase("jail.bind = { \"/usr/no/such\" = \"/opt\" }", "takes the place of \"/usr/no/such\", which does not exist; choose another")]
    [TestCase("jail.bind = { \"/etc/passwd\" = \"/opt\" }", "takes the place of \"/etc/passwd\", which is a regular file, and does not")]
    [TestCase("jail.bind = { \"/usr\" = \"/opt\" }", "4:15: error: jail.bind \"/usr\": \"/usr/bin\" in the jail takes the place of")]
    [TestCase("jail.bind = { \"/bin\" = \"/opt\" }", "by \"/opt/cat\", which does not exist; choose another path in the jail")]
    [TestCase("jail.bind = { \"/usr/lib\" = \"/opt\" }", "which the program needs, by \"/opt/")]
    [TestCase("jail.bind = { \"/a\" = \"/opt\", \"/a/b\" = \"/srv\" }", "4:30: error: jail.bind \"/a/b\": \"/a/b\" in the jail")]
    [TestCase("jail.bind = { \"/a/b\" = \"/srv\", \"/a\" = \"/opt\" }", "takes the place of \"/opt/b\", which does not exist")]
    [TestCase("chroot = \"/\"", "exclude each other: a jail has a root of its own")]
    [TestCase("orphans = \"keep\"", "the kernel ends all processes of a jail together with the program")]
    [TestCase("readable = \"/\"", "4:12: error: readable \"/\": a jail cannot have all files; name the directories that it needs")]
    [TestCase("readable = \"/proc\"", "4:12: error: readable \"/proc\": a jail has its own /proc")]
    [TestCase("readable = \"/dev/null\"", "4:12: error: readable \"/dev/null\": a jail has its own /dev; name devices in jail.devices")]
    [TestCase("writable = \"/tmp\"", "4:12: error: writable \"/tmp\" is hidden in a jail, where /tmp is the connection's own; move it, or")]
    [TestCase("writable = \"-/dev/shm/x\"", "where /dev/shm is the connection's own")]
    [TestCase("directory = \"/tmp\"", "4:13: error: directory \"/tmp\" is hidden in a jail, where /tmp is the connection's own; delete")]
    public void What_cannot_be_is_an_error_that_says_why(string line, string expected) =>
        Assert.That(ProblemsOf(Listen + Exec + Jail + line), Has.Length.EqualTo(1).And.One.Contains("error: ").And.One.Contains(expected));

    [Test]
    public void What_a_bind_puts_in_the_place_of_the_systems_own_is_no_error_while_the_program_is_there()
    {
        using TempDir directory = new();
        directory.Write("passwd", "");
        Assert.That(
            ProblemsOf(Listen + Exec + Jail + $"jail.bind = {{ \"/etc/passwd\" = \"{directory["passwd"]}\", \"/opt\" = \"/usr/share\" }}"),
            Is.Empty);
    }

    [Test]
    public void What_a_bind_hides_from_the_service_is_an_error()
    {
        using TempDir directory = new();
        directory.Write("app/data", "");
        string keys = $"jail = {{ tmp = 0, bind = {{ \"{directory.Path}\" = \"/opt\" }} }}\nreadable = \"{directory["app"]}\"\n";
        Assert.That(ProblemsOf(Listen + Exec + Jail + keys), Has.Length.EqualTo(1).And.One.Contains($"jail.bind \"{directory.Path}\": "));
    }

    [Test]
    public void A_whole_disk_as_a_device_is_a_warning()
    {
        string? disk = Directory.EnumerateFileSystemEntries("/sys/block")
            .Select(path => "/dev/" + Path.GetFileName(path)).FirstOrDefault(Path.Exists);
        Assume.That(disk, Is.Not.Null, "this machine shows no disk");
        Assert.That(
            ProblemsOf(Listen + Exec + Jail + $"jail.devices = \"{disk}\""),
            Has.Length.EqualTo(1).And.One.StartsWith($"4:16: warning: jail.devices \"{disk}\" is a disk: its files, whoever owns them, "));
    }

    [Test]
    public void A_chroot_beside_it_has_one_message() =>
        Assert.That(
            ProblemsOf(Listen + Exec + Jail + "chroot = \"/usr/share\""),
            Has.Length.EqualTo(1).And.One.Contains("exclude each other"));

    [Test]
    public void Without_a_tmp_of_its_own_a_path_in_the_machines_is_no_error() =>
        Assert.That(ProblemsOf(Listen + Exec + Jail + "writable = \"/tmp\"\njail.tmp = 0"), Is.Empty);

    [TestCase("unshare(namespaces)", Errno.ENOSPC, "the limits of /proc/sys/user (max_user_namespaces, max_mnt_namespaces ...) are")]
    [TestCase("mount_setattr(/)", Errno.ENOSYS, "it takes Linux 5.12")]
    [TestCase("mount(private)", Errno.EPERM, "does not let root make namespaces and mounts")]
    [TestCase("pivot_root", Errno.EINVAL, "the root directory is the initial ramfs")]
    public void What_keeps_superd_from_making_one_is_told(string step, int errno, string why)
    {
        HostContext host = Able with { Sandbox = Able.Sandbox with { FindJailObstacle = _ => new LaunchError(step, errno) } };
        Assert.That(
            ProblemsOf(Listen + Exec + Jail, host),
            Has.Length.EqualTo(1)
                .And.One.Contains($"3:11: error: sandbox = \"jail\" cannot be made here, {step}: {Errno.Describe(errno)}; ")
                .And.One.Contains(why)
                .And.One.EndsWith("; or write sandbox = \"strict\""));
    }

    [Test]
    public void AppArmor_is_named_where_it_is_the_cause()
    {
        SandboxAbilities abilities =
            Able.Sandbox with { FindJailObstacle = _ => new LaunchError("mount(private)", Errno.EACCES), IsRestrictedByAppArmor = true };
        HostContext host = Ordinary with { Sandbox = abilities };
        Assert.That(ProblemsOf(Listen + Exec + Jail, host), Has.One.Contains("apparmor_restrict_unprivileged_userns"));
    }

    [Test]
    public void It_takes_no_Landlock()
    {
        SandboxAbilities abilities = new() { LandlockAbi = 0, LandlockErrno = Errno.ENOSYS, HasFilters = true };
        HostContext host = Able with { Sandbox = abilities };
        Assert.That(ProblemsOf(Listen + Exec + Jail, host), Is.Empty);
        Assert.That(ProblemsOf(Listen + Exec + "sandbox = \"strict\"", host), Is.Not.Empty);
    }
}
