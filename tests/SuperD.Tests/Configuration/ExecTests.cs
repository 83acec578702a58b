using System.Runtime.InteropServices;
using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Tests.Support;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>exec, argv0, directory and chroot.</summary>
public sealed class ExecTests
{
    private const string Script = "#!/bin/sh\n";

    [Test]
    public void A_string_is_the_program_alone()
    {
        ServiceDefinition han = DefinitionOf(Listen + "exec = \"/bin/cat\"");
        Assert.That((han.Executable, han.Argv0, han.Arguments.Length), Is.EqualTo(("/bin/cat", "cat", 0)));
    }

    [Test]
    public void An_array_is_the_program_and_its_arguments_as_written()
    {
        ServiceDefinition han = DefinitionOf(Listen + "exec = [\"/bin/cat\", \"-n\", \"\", \"a b\", \"$HOME\", \"ü\"]\nargv0 = \"-cat\"");
        Assert.That((han.Executable, han.Argv0), Is.EqualTo(("/bin/cat", "-cat")));
        Assert.That(han.Arguments, Is.EqualTo(["-n", "", "a b", "$HOME", "ü"]));
    }

    [TestCase(
        "[]",
        "2:8: error: exec must be a path, or an array of a path and arguments, found an empty array; for example exec = \"/usr/bin/cat\"")]
    [TestCase(
        "3",
        "2:8: error: exec must be a path, or an array of a path and arguments, found the integer 3; for example exec = \"/usr/bin/cat\"")]
    [TestCase(
        "[\"/bin/cat\", 3]", "2:21: error: exec must be an array of strings, found the integer 3; for example exec = \"/usr/bin/cat\"")]
    [TestCase("\"\"", "2:8: error: exec names no program: its path is empty; write the path of the handler")]
    [TestCase("[\"\", \"x\"]", "2:9: error: exec names no program: its path is empty; write the path of the handler")]
    [TestCase("\"/bin/c\\u0000at\"", "2:8: error: exec holds a NUL character, which ends a string for Linux; remove it")]
    [TestCase("[\"/bin/cat\", \"a\\u0000\"]", "2:21: error: exec holds a NUL character, which ends a string for Linux; remove it")]
    public void An_exec_that_is_no_program_is_an_error(string exec, string message) =>
        Assert.That(ProblemsOf($"{Listen}exec = {exec}"), Is.EqualTo([message]));

    [Test]
    public void A_service_without_a_program_is_an_error() =>
        Assert.That(
            ProblemsOf(Listen),
            Is.EqualTo(["error: exec is missing: a service needs a program to run; add exec = \"/path/of/the/program\""]));

    [TestCase("../handlers/han")]
    [TestCase("own")]
    [TestCase("./own")]
    public void A_relative_path_starts_at_the_file_it_stands_in(string exec)
    {
        using ConfigurationFiles files = new();
        files.Directory.Write("handlers/han", Script, "755");
        files.Directory.Write("services.d/own", Script, "755");
        files.Service("han", $"{Listen}exec = \"{exec}\"");
        Assert.That(files.Problems(), Is.Empty);
        Assert.That(
            files.Load().Server!.Services[0].Executable, Is.EqualTo(Path.GetFullPath(Path.Combine(files.Directory["services.d"], exec))));
    }

    [Test]
    public void A_program_of_PATH_is_not_searched_but_suggested()
    {
        using ConfigurationFiles files = new();
        files.Directory.Write("own/my-sh", Script, "755");
        files.Service("a", $"{Listen}exec = \"my-sh\"").Service("b", $"{Listen}exec = \"sh\"\nenv.PATH = \"/nonexistent:/bin/\"");
        Assert.That(files.Problems(Able with { Variable = _ => $"relative:{files.Directory["own"]}/" }), Is.EqualTo(
            [
                "services.d/a.toml:2:8: error: exec \"my-sh\" cannot be run: \"services.d/my-sh\" does not exist; PATH is not searched; "
                    + "write exec = \"own/my-sh\"",
                "services.d/b.toml:2:8: error: exec \"sh\" cannot be run: \"services.d/sh\" does not exist; PATH is not searched; write "
                    + "exec = \"/bin/sh\"",
            ]));
    }

    [Test]
    public void A_command_line_in_one_string_is_told_to_be_an_array() =>
        Assert.That(
            ProblemsOf($"{Listen}exec = \"/etc/cat -n\"\nenv.PATH = \"/bin\""),
            Has.One.EndsWith(
                "\"/etc/cat -n\" does not exist; there is no shell that would split it at spaces; did you mean exec = "
                    + "[\"/bin/cat\", \"-n\"]?"));

    [TestCase("python3 x.py | tee out", """["/bin/sh", "-c", "python3 DIR/x.py | tee out"]""")]
    [TestCase("python3 x.py > out 2>&1 &", """["/bin/sh", "-c", "python3 DIR/x.py > out 2>&1 &"]""")]
    [TestCase("echo 'x.py' $x.py;x.py", """["/bin/sh", "-c", "echo 'x.py' $x.py;DIR/x.py"]""")]
    [TestCase("/bin/cat x.py # shows it", """["/bin/cat", "DIR/x.py"]""")]
    [TestCase("/bin/cat ~/none.py", """["/bin/cat", "HOME/none.py"]""")]
    public void The_files_of_a_command_line_are_proposed_by_their_paths(string line, string right)
    {
        using ConfigurationFiles files = new();
        files.Directory.Write("services.d/x.py", Script, "755");
        right = right.Replace("HOME", "/home/own");
        HostContext host = Able with { Variable = name => name == "HOME" ? "/home/own" : name == "PATH" ? "/usr/bin:/bin" : null };
        files.Service("han", $"{Listen}exec = {Wording.QuoteWhole(line)}");

        Assert.That(files.Problems(host).Single(), Does.EndWith($"write exec = {right.Replace("DIR", "services.d")}"));

        files.Service("han", $"{Listen}exec = {right.Replace("DIR", files.Directory["services.d"])}");
        Assert.That(files.Problems(host).Where(problem => problem.Contains("x.py")), Is.Empty);
    }

    [Test]
    public void A_file_beside_the_service_file_in_a_text_for_a_shell_is_a_warning()
    {
        using ConfigurationFiles files = new();
        files.Directory.Write("services.d/x.py", Script, "755");
        files.Service("han", $"{Listen}exec = ['/bin/sh', '-c', 'python3 x.py | tee out']");

        Assert.That(files.Problems().Single(), Does.EndWith(
            """not in the handler's directory, "/"; write "python3 services.d/x.py | tee out" if they are meant"""));
    }

    [TestCase("'/usr/bin/env', 'nosuch'", "exec asks env for \"nosuch\", which the handler's PATH does not have")]
    [TestCase("'/usr/bin/env', '-i', 'nosuch'", null)]
    [TestCase("'/usr/bin/env', 'A=b', 'cta'", "did you mean \"cat\"?")]
    [TestCase("'/usr/bin/env', 'cat'", null)]
    public void A_program_that_env_would_not_find_is_a_warning(string exec, string? problem) =>
        Assert.That(ProblemsOf($"{Listen}exec = [{exec}]"), problem is null ? Is.Empty : Has.One.Contains(problem));

    [Test]
    public void A_program_whose_name_holds_a_space_is_run()
    {
        using ConfigurationFiles files = new();
        string program = files.Directory.Write("my han", Script, "755");
        Assert.That(files.Service("han", $"{Listen}exec = \"{program}\"").Problems(), Is.Empty);
    }

    [Test]
    public void A_missing_directory_of_the_path_is_named() =>
        Assert.That(
            ProblemsOf($"{Listen}exec = \"/nonexistent/bin/han\""),
            Is.EqualTo(
                ["2:8: error: exec \"/nonexistent/bin/han\" cannot be run: \"/nonexistent\" does not exist; name a file that exists"]));

    [TestCase("/bin", "\"/bin\" is a directory", true)]
    [TestCase("/dev/null", "\"/dev/null\" is a device, not a regular file", false)]
    [TestCase("/etc/passwd/han", "\"/etc/passwd\" is a regular file, not a directory", false)]
    [TestCase("/bin/cat/", " is a regular file, not a directory", false)]
    public void A_program_that_is_no_regular_file_is_an_error(string exec, string what, bool mayBeLink)
    {
        string problem = ProblemsOf($"{Listen}exec = \"{exec}\"").Single();
        Assert.That(problem, Does.Contain(what).Or.Contain(mayBeLink ? "is a directory, not a regular file" : what));
    }

    [Test]
    public void A_program_without_an_execute_bit_is_an_error_that_names_its_mode()
    {
        using ConfigurationFiles files = new();
        files.Directory.Write("han", Script, "644");
        files.Service("han", $"{Listen}exec = \"../han\"");
        Assert.That(
            files.Problems().Single(),
            Does.Match(
                "^services.d/han.toml:2:8: error: exec \"../han\" cannot be run: \"han\" has mode 0644, owner \\d+:\\d+, which does not "
                    + "let superd execute it; choose another user, or make it executable with: chmod a\\+x han$"));
    }

    [Test]
    public void A_directory_closed_to_the_services_user_is_an_error_that_names_it()
    {
        using ConfigurationFiles files = new();
        files.Directory.MakeDirectory("closed", "700");
        files.Directory.MakeDirectory("closed/open");
        files.Directory.Write("closed/open/han", Script, "755");
        files.Service("han", $"{Listen}exec = \"../closed/open/han\"\nuser = 54322\ngroup = 54322");
        Assert.That(
            files.Problems().Single(),
            Does.Match(
                "cannot be run: \"closed\" has mode 0700, owner \\d+:\\d+, which does not let user 54322 pass; use a path that it may "
                    + "enter, or open it with: chmod a\\+x closed$"));
    }

    [TestCase("750", "", false)]
    [TestCase("750", "group = 0", true)]
    [TestCase("750", "groups = [0]", true)]
    [TestCase("705", "", true)]
    [TestCase("705", "group = 0", false)]
    public void The_bits_that_count_are_those_of_the_first_class_the_user_is_in(string mode, string keys, bool runs)
    {
        Needs.Root();
        using ConfigurationFiles files = new();
        files.Directory.Write("han", Script, mode);
        files.Service("han", $"{Listen}exec = \"../han\"\nuser = 54322\n{(keys.StartsWith("group =") ? "" : "group = 54322\n")}{keys}");
        Assert.That(files.Problems(), Has.Length.EqualTo(runs ? 0 : 1));
    }

    [Test]
    public void A_user_without_the_owners_right_is_told_so_though_others_have_it()
    {
        Needs.Root();
        using ConfigurationFiles files = new();
        string program = files.Directory.Write("han", Script, "655");
        Assert.That(Chown(program, 54322, 54322), Is.Zero);
        files.Service("han", $"{Listen}exec = \"../han\"\nuser = 54322\ngroup = 54322");
        Assert.That(files.Problems().Single(), Does.Contain("has mode 0655, owner 54322:54322, which does not let user 54322 execute it"));
    }

    [Test]
    public void Where_an_ACL_decides_no_failure_is_claimed()
    {
        Needs.Root();
        using ConfigurationFiles files = new();
        string program = files.Directory.Write("han", Script, "700");
        files.Service("han", $"{Listen}exec = \"../han\"\nuser = 54322\ngroup = 54322");
        Assert.That(files.Problems(), Has.Length.EqualTo(1));

        // acl(5) in the kernel's format: version 2, then tag, permissions and id of owner, user 54322, group, mask, others.
        byte[] acl = [2, 0, 0, 0, .. Entry(1, 7, -1), .. Entry(2, 5, 54322), .. Entry(4, 0, -1), .. Entry(16, 5, -1), .. Entry(32, 0, -1)];
        Assume.That(SetXattr(program, "system.posix_acl_access", acl, acl.Length, 0), Is.Zero, "the file system has no ACLs");
        Assert.That(files.Problems(), Is.Empty);

        static byte[] Entry(short tag, short permissions, int id) =>
            [.. BitConverter.GetBytes(tag), .. BitConverter.GetBytes(permissions), .. BitConverter.GetBytes(id)];
    }

    [Test]
    public void Symbolic_links_are_followed_with_the_users_eyes()
    {
        using ConfigurationFiles files = new();
        files.Directory.MakeDirectory("closed", "700");
        files.Directory.Write("closed/han", Script, "755");
        File.CreateSymbolicLink(files.Directory["link"], "closed");
        File.CreateSymbolicLink(files.Directory["han"], "./link/../link/han");
        files.Service("han", $"{Listen}exec = \"../han\"");
        Assert.That(files.Problems(), Is.Empty);
        files.Service("han", $"{Listen}exec = \"../han\"\nuser = 54322\ngroup = 54322");
        Assert.That(files.Problems().Single(), Does.Contain("\"closed\" has mode 0700"));
    }

    [Test]
    public void A_loop_of_links_is_an_error()
    {
        using ConfigurationFiles files = new();
        File.CreateSymbolicLink(files.Directory["a"], "b");
        File.CreateSymbolicLink(files.Directory["b"], "a");
        files.Service("han", $"{Listen}exec = \"../a\"");
        Assert.That(files.Problems().Single(), Does.Contain("leads through too many symbolic links"));
    }

    [Test]
    public void A_broken_link_names_what_is_missing()
    {
        using ConfigurationFiles files = new();
        File.CreateSymbolicLink(files.Directory["a"], "gone");
        files.Service("han", $"{Listen}exec = \"../a\"");
        Assert.That(files.Problems().Single(), Does.Contain("\"gone\" does not exist"));
    }

    [Test]
    public void The_working_directory_is_the_root_unless_it_is_said()
    {
        Assert.That(DefinitionOf(Listen + Exec).Process.Directory, Is.EqualTo("/"));
        Assert.That(DefinitionOf(Listen + Exec + "directory = \"/usr\"").Process.Directory, Is.EqualTo("/usr"));
    }

    [Test]
    public void A_relative_working_directory_starts_at_the_file_it_stands_in()
    {
        using ConfigurationFiles files = new("defaults.directory = \"data\"");
        files.Directory.MakeDirectory("data");
        files.Directory.MakeDirectory("services.d/own");
        files.Service("a", Listen + Exec).Service("b", Listen + Exec + "directory = \"own\"");
        Assert.That(
            files.Load().Server!.Services.Select(service => service.Process.Directory),
            Is.EqualTo([files.Directory["data"], files.Directory["services.d/own"]]));
    }

    [TestCase("/nonexistent", "\"/nonexistent\" does not exist; name a directory that exists")]
    [TestCase("/etc/passwd", "\"/etc/passwd\" is a regular file, not a directory; name a directory that exists")]
    public void A_working_directory_that_is_not_there_is_an_error(string directory, string why) =>
        Assert.That(
            ProblemsOf($"{Listen}{Exec}directory = \"{directory}\""),
            Is.EqualTo([$"3:13: error: directory \"{directory}\" cannot be used: {why}"]));

    [Test]
    public void An_inherited_working_directory_that_is_not_there_is_the_services_error_and_says_where_it_is_from() =>
        Assert.That(
            ProblemsOf(Listen + Exec, superdToml: "defaults.directory = \"/nonexistent\""),
            Is.EqualTo(
                [
                    "error: directory \"/nonexistent\" (from [defaults], superd.toml:1:22) cannot be used: \"/nonexistent\" does not "
                        + "exist; name a directory that exists",
                ]));

    [Test]
    public void With_chroot_the_program_and_the_directory_are_looked_for_inside()
    {
        Needs.File("/bin/busybox");
        using ConfigurationFiles files = new();
        files.Directory.MakeDirectory("jail/bin");
        File.Copy("/bin/busybox", files.Directory["jail/bin/han"]);
        files.Directory.MakeDirectory("jail/data");
        File.CreateSymbolicLink(files.Directory["jail/han"], "/../bin/han");
        files.Service("han", $"{Listen}exec = \"/han\"\nchroot = \"../jail/\"\ndirectory = \"/data\"");
        Assert.That(files.Problems(), Is.Empty);
        ServiceDefinition han = files.Load().Server!.Services[0];
        Assert.That((han.Process.Chroot, han.Executable, han.Process.Directory), Is.EqualTo((files.Directory["jail"], "/han", "/data")));
    }

    [Test]
    public void With_chroot_a_program_outside_of_it_does_not_exist()
    {
        using ConfigurationFiles files = new();
        string jail = files.Directory.MakeDirectory("jail");
        files.Service("han", $"{Listen}{Exec}chroot = \"{jail}\"");
        Assert.That(
            files.Problems(),
            Is.EqualTo(
                [
                    "services.d/han.toml:2:8: error: exec \"/bin/cat\" cannot be run: \"/bin\" does not exist inside \"jail\"; name a file "
                        + "that exists",
                ]));
    }

    [Test]
    public void With_chroot_relative_paths_are_errors()
    {
        using ConfigurationFiles files = new("[defaults]\nchroot = \".\"\ndirectory = \"services.d\"");
        files.Service("han", $"{Listen}exec = \"han\"");
        Assert.That(files.Problems(), Is.EqualTo(
        [
            "services.d/han.toml: error: directory \"services.d\" (from [defaults], superd.toml:3:13) must be absolute, because it is a "
                + "path inside the chroot; begin it with '/'",
            "services.d/han.toml:2:8: error: exec \"han\" must be absolute, because it is a path inside the chroot (from [defaults], "
                + "superd.toml:2:10); begin it with '/'",
        ]));
    }

    [Test]
    public void A_chroot_that_is_not_there_is_told_once()
    {
        Assert.That(
            ProblemsOf($"{Listen}{Exec}chroot = \"/nonexistent\""),
            Is.EqualTo(
                ["3:10: error: chroot \"/nonexistent\" cannot be used: \"/nonexistent\" does not exist; name a directory that exists"]));
    }

    [Test]
    public void A_chroot_needs_root() =>
        Assert.That(
            ProblemsOf($"{Listen}{Exec}chroot = \"/\"", Ordinary),
            Is.EqualTo(
                ["3:10: error: chroot needs root or CAP_SYS_CHROOT: superd runs as uid 54321; start superd as root, or delete the line"]));

    [DllImport("libc", EntryPoint = "chown")]
    private static extern int Chown([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint user, uint group);

    [DllImport("libc", EntryPoint = "setxattr")]
    private static extern int SetXattr(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string path,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string name,
        byte[] value,
        nint size,
        int flags);
}
