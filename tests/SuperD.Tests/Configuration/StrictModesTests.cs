using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Tests.Support;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>As root, superd rejects files that another user can change, and prints the command that fixes them.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed partial class StrictModesTests : IDisposable
{
    private const string Data = "it's data", Stranger = "54321";

    private static readonly string[] s_kinds =
    [
        "superd.toml", ".", "services.d", "services.d/han.toml", Data, $"{Data}/list", $"{Data}/banner", "bin", "bin/program"
    ];

    /// <summary>Commands that let another user change a file.</summary>
    private static readonly string[] s_faults = ["chmod o+w", "chgrp 54321 FILE && chmod g+w", $"chown {Stranger}"];

    /// <summary>superd as root, trusting no other owner.</summary>
    private static readonly HostContext s_root = Root with { TrustedOwners = [0] };

    private readonly ConfigurationFiles _files = new();

    [SetUp]
    public void WriteFiles()
    {
        Needs.Root();
        _files.Directory.Write($"{Data}/list", "192.0.2.0/24\n", "644");
        _files.Directory.Write($"{Data}/banner", "hello\n", "644");
        _files.Directory.Write("bin/program", "#!/bin/sh\n", "755");
        WriteService("../bin/program", "user = 'root'\n");
        Assert.That(Problems(), Is.Empty, "files of root's in a directory of root's in /tmp");
    }

    [Test]
    public void A_file_or_directory_that_others_can_change_is_an_error_until_the_command_it_gives_was_run(
        [ValueSource(nameof(s_kinds))] string kind, [ValueSource(nameof(s_faults))] string fault)
    {
        string path = Path.GetFullPath(_files.Directory[kind]);
        Shell(fault.Contains("FILE") ? fault.Replace("FILE", Quote(path)) + " " + Quote(path) : $"{fault} {Quote(path)}");
        LoadResult result = _files.Load(s_root);
        string problem = result.Diagnostics.First(problem => problem.Severity == Severity.Error).Message;
        Assert.That(problem, Does.Match("with: (chmod|chown) [^(),;]+$"), "the command comes last");
        Assert.That(problem, Does.Contain("can be changed by others than root (").And.Contain($" \"{path}\" "));
        Assert.That(
            problem,
            Does.Contain(fault.StartsWith("chown") ? $"belongs to uid {Stranger}" : "has mode 0").And.Contain("strict_modes = false"));

        bool stops = kind is "superd.toml" or ".";
        Assert.That(
            (result.Server is null, result.Server?.Services.Length ?? 0), Is.EqualTo((stops, 0)), "superd starts, without the service");
        _files.Directory.Write("superd.toml", "strict_modes = false");
        Assert.That(Problems().Length, Is.EqualTo(stops ? 1 : 0), "superd.toml cannot excuse itself");

        _files.Directory.Write("superd.toml", "");
        Shell(Remedy().Match(problem).Groups[1].Value);
        Assert.That(Problems(), Is.Empty);
    }

    [Test]
    public void What_a_superd_that_is_not_root_reads_may_be_anybodys()
    {
        Shell($"chmod -R a+w {Quote(_files.Directory.Path)}");
        Assert.That(_files.Load(Able).Diagnostics, Is.Empty);
    }

    [Test]
    public void The_users_who_could_replace_superd_are_trusted()
    {
        Shell($"chown -R {Stranger} {Quote(_files.Directory.Path)}");
        Assert.That(_files.Load(Root with { TrustedOwners = [0, 54321] }).Diagnostics, Is.Empty);
        Assert.That(Problems(), Is.Not.Empty);
        Assert.That(StrictModes.OwnersOf(_files.Directory["bin/program"]), Is.EqualTo((ValueArray<uint>)[0, 54321]));
        Shell($"chown root {Quote(_files.Directory["bin/program"])}");
        Assert.That(
            StrictModes.OwnersOf(_files.Directory["bin/program"]),
            Is.EqualTo((ValueArray<uint>)[0, 54321]),
            "a directory above it is enough");
    }

    [Test]
    public void A_checkout_of_a_user_works_when_its_own_superd_is_started_as_root()
    {
        string checkout = _files.Directory.Path;
        Shell(
            $"cp -r {Quote(Path.GetDirectoryName(SuperdProgram.Path)!)} {Quote(checkout)}/build && chown -R {Stranger} {Quote(checkout)}");
        Assert.That(
            Tool.Run($"{checkout}/build/superd", "check", "-c", $"{checkout}/superd.toml"),
            Does.EndWith("1 service, 0 errors, 0 warnings"));
        Assert.That(
            SuperdProgram.Run(checkout, "check").StandardOutput,
            Does.StartWith("superd.toml: error: can be changed by others than root (strict_modes = false would not help"));
    }

    [Test]
    public void In_a_sticky_directory_of_roots_only_what_is_roots_is_believed()
    {
        string data = _files.Directory[Data];
        Shell($"chmod 3777 {Quote(data)}");
        Assert.That(Problems(), Is.Empty);

        Shell($"cd {Quote(data)} && mv list roots && ln -s roots list");
        Assert.That(Problems(), Is.Empty, "a link of root's");
        Shell($"cd {Quote(data)} && chown -h {Stranger} list");
        string problem = Problems()[0];
        Assert.That(problem, Does.Contain($"the symbolic link \"{data}/list\" belongs to uid {Stranger}"));
        Shell(Remedy().Match(problem).Groups[1].Value);
        Assert.That(Problems(), Is.Empty);
    }

    [Test]
    public void A_link_leads_to_no_file_that_others_can_replace()
    {
        Shell(
            $"cd {Quote(_files.Directory.Path)} && mkdir -p open/{Quote(Data)} && mv {Quote(Data)}/* open/{Quote(Data)} && rmdir "
                + $"{Quote(Data)} && ln -s open/{Quote(Data)} .");
        Assert.That(Problems(), Is.Empty);
        Shell($"chmod o+w {Quote(_files.Directory["open"])}");
        Assert.That(Problems(), Has.Some.Contain($"the directory \"{_files.Directory["open"]}\" has mode 0757"));
    }

    [Test]
    public void A_program_that_does_not_run_as_root_may_be_anybodys()
    {
        Shell($"chmod o+w {Quote(_files.Directory["bin/program"])}");
        Assert.That(Problems(), Has.Length.EqualTo(1));
        WriteService("../bin/program", "user = 'nobody'\n");
        Assert.That(Problems(), Is.Empty);
    }

    [TestCase("jail/bin")]
    [TestCase("jail/bin/program")]
    [TestCase("jail")]
    public void A_program_inside_a_new_root_is_looked_at_on_its_way_there(string spoilt)
    {
        Needs.File("/bin/busybox");
        _files.Directory.MakeDirectory("jail/bin");
        File.Copy("/bin/busybox", _files.Directory["jail/bin/program"]);
        WriteService("/bin/program", "user = 'root'\nchroot = '../jail'\n");
        Assert.That(Problems(), Is.Empty);
        Shell($"chmod o+w {Quote(_files.Directory[spoilt])}");
        Assert.That(
            Problems().Single(),
            Does.Contain(
                $"services.d/han.toml:2:8: error: exec \"/bin/program\" would run as root, and can be changed by others than root (")
                .And.Contain($" \"{_files.Directory[spoilt]}\" "));
    }

    [Test]
    public void A_group_that_only_the_owner_is_in_may_write_unless_an_ACL_names_others()
    {
        Assume.That(
            File.ReadLines("/etc/passwd").Count(line => line.Split(':')[3] == "0"), Is.EqualTo(1), "nobody but root is in root's group");
        string list = _files.Directory[$"{Data}/list"];
        Shell($"chmod g+w {Quote(list)} {Quote(_files.Directory[Data])}");
        Assert.That(Problems(), Is.Empty);

        Assume.That(AddWriter(list, 54321), Is.True, "the file system has ACLs");
        string problem = Problems()[0];
        Assert.That(problem, Does.Contain($"\"{list}\" has mode 0664"));
        Shell(Remedy().Match(problem).Groups[1].Value);
        Assert.That(Problems(), Is.Empty);
    }

    [Test]
    public void A_name_that_a_terminal_would_obey_is_shown_escaped_and_its_command_is_still_right()
    {
        string odd = _files.Directory.MakeDirectory("odd\n\e[31m", "777");
        File.Copy(_files.Directory["bin/program"], Path.Combine(odd, "program"));
        WriteService("../odd\n\e[31m/program", "user = 'root'\n");
        string problem = Problems()[0];
        Assert.That(problem.Any(char.IsControl), Is.False, problem);
        Tool.Run("bash", "-c", Remedy().Match(problem).Groups[1].Value);
        Assert.That(Problems(), Is.Empty);
    }

    [Test]
    public void A_directory_that_is_mounted_read_only_is_closed_whatever_its_mode()
    {
        Needs.Success("unshare", "-m", "true");
        string services = _files.Directory["services.d"];
        Shell($"chmod 777 {Quote(services)}");
        string check = $"{Quote(SuperdProgram.Path)} check -c {Quote(_files.Directory["superd.toml"])}";
        string output = Tool.Run("sh", "-c", $"{check} || true");
        Assert.That(
            output,
            Does.Contain("services.d: error: can be changed by others than root (strict_modes = false in superd.toml would allow it): "
                + $"the directory \"{services}\" has mode 0777"));
        output = Tool.Run(
            "unshare",
            "-m",
            "sh",
            "-c",
            $"mount --bind {Quote(services)} {Quote(services)} && mount -o remount,ro,bind {Quote(services)} && {check}");
        Assert.That(output, Does.EndWith("1 service, 0 errors, 0 warnings"));
    }

    public void Dispose() => _files.Dispose();

    private void WriteService(string program, string more) => _files.Service("han",
        $"listen = 0\nexec = {TomlText.Of(program)}\nonly_from = ['127.0.0.1', {TomlText.Of($"@../{Data}/list")}]\n"
            + $"banner = {{ file = {TomlText.Of($"../{Data}/banner")} }}\n{more}");

    private string[] Problems() =>
        [.. _files.Load(s_root).Diagnostics.Where(problem => problem.Severity == Severity.Error).Select(problem => problem.ToString())];

    private static string Quote(string path) => "'" + path.Replace("'", "'\\''") + "'";

    private static void Shell(string command) => Tool.Run("sh", "-c", command);

    /// <summary>Lets one more user write to a file through an access control list entry; see acl(5).</summary>
    /// <returns>False if the file system has no access control lists.</returns>
    private static bool AddWriter(string path, uint user)
    {
        const ushort Owner = 1, User = 2, Group = 4, Mask = 16, Other = 32;
        const uint Nobody = uint.MaxValue;
        (ushort Tag, ushort Rights, uint Id)[] entries =
        [
            (Owner, 6, Nobody), (User, 6, user), (Group, 4, Nobody), (Mask, 6, Nobody), (Other, 4, Nobody)
        ];
        byte[] value = new byte[4 + (8 * entries.Length)];
        BinaryPrimitives.WriteUInt32LittleEndian(value, 2);
        for (int i = 0; i < entries.Length; i++)
        {
            Span<byte> entry = value.AsSpan(4 + (8 * i));
            BinaryPrimitives.WriteUInt16LittleEndian(entry, entries[i].Tag);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[2..], entries[i].Rights);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], entries[i].Id);
        }

        return SetAttribute(path, "system.posix_acl_access", value, (nuint)value.Length, 0) == 0;
    }

    [DllImport("libc", EntryPoint = "setxattr")]
    private static extern int SetAttribute(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string path,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string name,
        byte[] value,
        nuint size,
        int flags);

    /// <summary>The command in a message.</summary>
    [GeneratedRegex(" with: (.*)$")]
    private static partial Regex Remedy();
}
