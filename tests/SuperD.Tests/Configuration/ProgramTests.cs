using System.Text;
using NUnit.Framework;
using NUnit.Framework.Constraints;
using SuperD.Linux;
using SuperD.Tests.Support;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>A program whose file is there, and would not run: what is wrong shows in its first bytes.</summary>
public sealed class ProgramTests
{
    private const string EnvPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private ConfigurationFiles _files = null!; // set up before each test

    [SetUp]
    public void MakeFiles() => _files = new ConfigurationFiles();

    [TearDown]
    public void DeleteFiles() => _files.Dispose();

    [TestCase("#!/bin/sh\n")]
    [TestCase("#! /bin/sh -e \n")]
    [TestCase("#!/bin/sh")]
    [TestCase("#!/usr/bin/env sh\n")]
    [TestCase("#!/usr/bin/env -S sh -e\n")]
    [TestCase("#!/usr/bin/env -S 'sh' -e\n")]
    [TestCase("#!/usr/bin/env -S \"s\"\"h\"\n")]
    [TestCase("#!/usr/bin/env -S \"sh\" -c \"echo ok\"\n")]
    [TestCase("#!/usr/bin/env -S sh\\_-e\n")]
    [TestCase("#!/usr/bin/env -vS sh\n")]
    [TestCase("#!/usr/bin/env -S FOO=bar sh # comment\n")]
    [TestCase("#!/usr/bin/env -S -i -u FOO PATH=/bin sh\n")]
    [TestCase("#!/usr/bin/env -S -i nothing-like-it\n", Description = "without PATH the C library chooses where to look")]
    [TestCase("#!/usr/bin/env -S ${SHELL}\n", Description = "a variable may be anything")]
    [TestCase("#!/usr/bin/perl -w\r\n", Description = "perl skips the CR")]
    public void A_script_that_runs_is_no_problem(string content)
    {
        if (content.Contains("perl"))
        {
            Needs.File("/usr/bin/perl");
        }

        Assert.That(ProblemOf(content), Is.Null);
    }

    [TestCase("#!/bin/sh\r\necho\r\n", "ends its #! line in CR, as Windows writes it, so that \"/bin/sh\\r\" is looked for; "
        + "remove it with: sed -i 's/\\r$//' {0}")]
    [TestCase("#!/usr/bin/env sh\r\n", "ends its #! line in CR, as Windows writes it, so that \"sh\\r\" is looked for; "
        + "remove it with: sed -i 's/\\r$//' {0}")]
    [TestCase("#!/bin/sh -e\r\n", "ends its #! line in CR, as Windows writes it, so that \"-e\\r\" is looked for; "
        + "remove it with: sed -i 's/\\r$//' {0}")]
    [TestCase("#!/bin/shh\n", "the interpreter of its #! line, \"/bin/shh\", cannot be run: *; did you mean #!/bin/sh?")]
    [TestCase("#!/opt/bin/sh\n", "cannot be run: * does not exist; did you mean #!/usr/bin/sh?")]
    [TestCase("#!/nonexistent/nothing-like-it\n", "\"/nonexistent\" does not exist; install it, or name another")]
    [TestCase("#!/etc/passwd\n", "cannot be run: \"/etc/passwd\" has mode 0644*, or make it executable with: chmod a+x *")]
    [TestCase("#!\n", "names no interpreter; begin it with a line such as #!/bin/sh")]
    [TestCase("#!/usr/bin/env nothing-like-it\n", "its #! line asks env for \"nothing-like-it\", which the handler's PATH does not have ("
        + EnvPath + "); install it, name it by its path, or add its directory to PATH in env")]
    [TestCase("#!/usr/bin/env -i sh\n", "gives env one word, \"-i sh\", because the kernel does not split it; write "
        + "#!/usr/bin/env -S -i sh")]
    [TestCase("#!/usr/bin/env FOO=bar sh\n", "does not split it; write #!/usr/bin/env -S FOO=bar sh")]
    [TestCase("#!/usr/bin/env\n", "gives env no program, so that env would start the script again, without end; name the interpreter, "
        + "for example #!/bin/sh")]
    [TestCase("#!/usr/bin/env -i\n", "gives env no program*")]
    [TestCase("#!/usr/bin/env --\n", "gives env no program*")]
    [TestCase("#!/usr/bin/env FOO=bar\n", "gives env no program*")]
    [TestCase("#!/usr/bin/env -S\n", "gives env no program*")]
    [TestCase("#!/usr/bin/env -S # comment\n", "gives env no program*")]
    [TestCase("#!/usr/bin/env ./sh\n", "asks env for \"./sh\", which is not there for a handler that runs in \"/\"; name the "
        + "interpreter by "
        + "its whole path")]
    [TestCase("#!/usr/bin/env -S PATH=/nonexist sh\n", "asks env for \"sh\", which the PATH of that line does not have (/nonexist); *")]
    [TestCase("#!/usr/bin/env -S nosuch -e\n", "asks env for \"nosuch\", which the handler's PATH does not have "
        + "(" + EnvPath + "); install *")]
    [TestCase("#!/usr/bin/env shh\n", "asks env for \"shh\", which *; did you mean #!/usr/bin/env s*?")]
    [TestCase("#!/usr/bin/env sh -e\n", "gives env one word, \"sh -e\", because the kernel does not split it; write "
        + "#!/usr/bin/env -S sh -e")]
    [TestCase("", "is empty; write the program into it")]
    [TestCase("echo hello\n", "is neither a program for this machine nor a script with a #! line; if it is a script, begin it with a line "
        + "such as #!/bin/sh")]
    [TestCase("\uFEFF#!/bin/sh\n", "has a byte order mark before its #! line; remove it with: sed -i '1s/^\\xEF\\xBB\\xBF//' {0}")]
    [TestCase("\n#!/bin/sh\n", "has blanks before its #!, which must be the first two bytes; remove them")]
    [TestCase("PK\u0000\u0001\u0002", "is neither a program for this machine nor a script; name a program")]
    public void A_file_that_would_not_run_is_an_error_with_its_cause_and_its_remedy(string content, string message)
    {
        string? problem = ProblemOf(content);
        Assert.That(problem, Does.StartWith("services.d/han.toml:2:8: error: exec \"../han\" cannot be run: "));
        string pattern = System.Text.RegularExpressions.Regex.Escape(message).Replace("\\{0}", "\\S*han").Replace("\\*", ".*");
        Assert.That(problem, Does.Match(pattern + "$"));
    }

    [TestCase("s/\\r$//", "#!/bin/sh\r\necho served\r\n")]
    [TestCase("1s/^\\xEF\\xBB\\xBF//", "\uFEFF#!/bin/sh\necho served\n")]
    public void The_command_that_is_proposed_mends_the_file(string command, string content)
    {
        string? problem = ProblemOf(content);
        Assert.That(problem, Does.Contain($"sed -i '{command}' "));
        Tool.Run("sh", "-c", $"cd {_files.Directory.Path} && {problem![problem.IndexOf("sed -i")..]}");
        Assert.That(_files.Problems(), Is.Empty);
        Assert.That(Tool.Run(_files.Directory["han"]).Trim(), Is.EqualTo("served"));
    }

    [Test]
    public void The_PATH_that_counts_is_the_handlers()
    {
        _files.Directory.Write("own/my-tool", "#!/bin/sh\n", "755");
        Assert.That(ProblemOf("#!/usr/bin/env my-tool\n"), Does.Contain("asks env for \"my-tool\""));
        Assert.That(ProblemOf("#!/usr/bin/env my-tool\n", $"env.PATH = \"/bin:{_files.Directory["own"]}\""), Is.Null);
        Assert.That(ProblemOf("#!/usr/bin/env my-tool\n", $"env.PATH = \"own\"\ndirectory = \"{_files.Directory.Path}\""), Is.Null);
    }

    [Test]
    public void A_script_that_starts_itself_is_told()
    {
        Assert.That(ProblemOf($"#!{_files.Directory["han"]}\n"), Does.Contain("and the kernel follows no more"));
    }

    [Test]
    public void A_script_that_asks_env_for_itself_ends_the_check_all_the_same() =>
        Assert.That(ProblemOf("#!/usr/bin/env han\n", $"env.PATH = \"{_files.Directory.Path}\""), Is.Null);

    [Test]
    public void Env_by_another_name_is_env()
    {
        File.CreateSymbolicLink(_files.Directory["other"], "/usr/bin/env");
        Assert.That(ProblemOf($"#!{_files.Directory["other"]} nothing-like-it\n"), Does.Contain("asks env for \"nothing-like-it\""));
    }

    [Test]
    public void A_script_that_the_handlers_user_cannot_read_is_an_error()
    {
        Needs.Root();
        Tool.Run("chmod", "755", _files.Directory.Path);
        string script = _files.Directory.Write("han", "#!/bin/sh\n", "711");
        _files.Service("han", $"{Listen}exec = \"../han\"\nuser = \"nobody\"");

        Assert.That(_files.Problems().Single(), Does.Contain(
            "has mode 0711, owner 0:0, which does not let user 'nobody' read it, as the interpreter of a script does; "
                + "choose another user, or make it readable with: "));
        Assert.That(_files.Load().Diagnostics.Single().Message, Does.EndWith($"make it readable with: chmod a+r {script}"));
        Tool.Run("chmod", "a+r", script);
        Assert.That(_files.Problems(), Is.Empty);
        File.Copy("/bin/cat", script, overwrite: true);
        Tool.Run("chmod", "711", script);
        Assert.That(_files.Problems(), Is.Empty, "a program need not be readable");
    }

    // The kernel's form: version 2, then tag, rights and id of each entry; nobody is 65534.
    [TestCase("0200000001000700ffffffff02000000feff000004000500ffffffff10000700ffffffff20000500ffffffff", false)]
    [TestCase("0200000001000700ffffffff02000500feff000004000000ffffffff10000700ffffffff20000000ffffffff", true)]
    [TestCase("0200000001000700ffffffff02000500feff000004000000ffffffff10000000ffffffff20000500ffffffff", false, Description = "mask")]
    [TestCase("0200000001000700ffffffff04000000ffffffff08000500feff000010000700ffffffff20000000ffffffff", true, Description = "group")]
    [TestCase("0200000001000700ffffffff04000500ffffffff08000000feff000010000700ffffffff20000500ffffffff", false, Description = "group")]
    [TestCase("0200000001000700ffffffff0200000001000000040005000000000010000700ffffffff20000500ffffffff", true)]
    [TestCase("0100000001000700ffffffff", null, Description = "another version")]
    public void An_access_control_list_decides_as_the_kernel_does(string acl, bool? allows) =>
        Assert.That(
            AccessControlList.Allow(Convert.FromHexString(acl), group: 0, new Credentials(65534, 65534, []), rights: 5),
            Is.EqualTo(allows));

    [TestCase("0200000001000700ffffffff02000000feff000004000500ffffffff10000500ffffffff20000500ffffffff", "755", false)]
    [TestCase("0200000001000700ffffffff02000500feff000004000000ffffffff10000500ffffffff20000000ffffffff", "700", true)]
    public void An_access_control_list_counts(string acl, string mode, bool runs)
    {
        Needs.Root();
        Needs.File("/usr/bin/python3");
        Tool.Run("chmod", "755", _files.Directory.Path);
        string script = _files.Directory.Write("han", "#!/bin/sh\n", mode);
        Tool.Run(
            "python3", "-c", $"import os; os.setxattr('{script}', 'system.posix_acl_access', bytes.fromhex('{acl}'))");
        _files.Service("han", $"{Listen}exec = \"../han\"\nuser = \"nobody\"");

        IResolveConstraint expected = runs ? Is.Empty : Has.One.Contains(" and an ACL, which does not let user 'nobody' execute "
            + "it; let that ");
        Assert.That(_files.Problems(), expected);
    }

    public void A_program_that_is_cut_short_is_an_error([Values(64, 3000, 9000)] int length) =>
        Assert.That(ProblemOf(File.ReadAllBytes("/bin/cat")[..length]), Does.Contain("is cut short: it ends before what its headers name"));

    [TestCase("rlimit.nproc = 0\nuser = \"nobody\"", true)]
    [TestCase("rlimit.nproc = 1\nuser = \"nobody\"", false)]
    [TestCase("rlimit.nproc = 0", false)]
    public void A_handler_whose_user_may_have_no_process_is_an_error(string keys, bool isError) =>
        Assert.That(ProblemsOf(Listen + Exec + keys).Count(line => line.Contains("have no process")), Is.EqualTo(isError ? 1 : 0));

    [Test]
    public void A_socket_where_something_else_is_is_a_problem()
    {
        string directory = _files.Directory.MakeDirectory("taken");
        string file = _files.Directory.Write("file", "");
        Assert.That(ProblemsOf($"{Exec}listen = \"unix:{directory}\""), Has.One.Contains("error").And.Contains("\" is a "
            + "directory, where"));
        Assert.That(ProblemsOf($"{Exec}listen = \"unix:{file}\""), Has.One.Contains("warning").And.Contains("\" is a regular "
            + "file, where"));
    }

    [Test]
    public void An_interface_that_the_machine_does_not_have_is_an_error()
    {
        Assert.That(ProblemsOf($"{Exec}listen = \"[fe80::1%nosuch]:31003\""), Has.One.Contains("has no interface \"nosuch\""));
        Assert.That(ProblemsOf($"{Exec}listen = \"[fe80::1%lo]:31003\""), Is.Empty);
    }

    [Test]
    public void An_interpreter_that_is_a_script_is_looked_at_as_well()
    {
        string inner = _files.Directory.Write("inner", "#!/nonexistent/nothing-like-it\n", "755");
        Assert.That(ProblemOf($"#!{inner}\n"), Does.Contain("the interpreter of its #! line, \"/nonexistent/nothing-like-it\""));
    }

    [Test]
    public void A_program_for_another_processor_is_an_error()
    {
        byte[] program = File.ReadAllBytes("/bin/cat");
        byte machine = program[18] == 8 ? (byte)22 : (byte)8; // MIPS
        Assume.That(BinaryFormats.Know("cat", Changed(program, 18, machine)), Is.False, "an emulator is registered");
        Assert.That(ProblemOf(Changed(program, 18, machine)), Does.EndWith(
            "is a program for MIPS, which this machine is not; build or install it for this machine"));
        Assert.That(ProblemOf(program), Is.Null);
    }

    [Test]
    public void An_object_file_is_no_program() =>
        Assert.That(ProblemOf(Changed(File.ReadAllBytes("/bin/cat"), 16, 1)), Does.EndWith("is an object file, not a program; link it"));

    [Test]
    public void A_program_whose_loader_is_missing_is_an_error()
    {
        byte[] program = File.ReadAllBytes("/bin/cat");
        int loader = program.AsSpan().IndexOf("/ld-linux"u8);
        Assume.That(loader, Is.Positive, "cat is not linked to glibc");
        Assert.That(ProblemOf(Changed(program, loader + 1, (byte)'x')), Does.Match(
            "its loader \"/\\S*/xd-linux\\S*\" cannot be run: .* does not exist; install the C library it was built with, or link it "
                + "statically$"));
    }

    [Test]
    public void A_program_in_a_file_system_mounted_noexec_is_an_error()
    {
        Needs.Root();
        string mount = _files.Directory.MakeDirectory("mount");
        Needs.Success("mount", "-t", "tmpfs", "-o", "noexec,mode=755", "tmpfs", mount);
        try
        {
            _files.Directory.Write("mount/han", "#!/bin/sh\n", "755");
            _files.Service("han", $"{Listen}exec = \"../mount/han\"");
            Assert.That(_files.Problems(), Is.EqualTo(
                [
                    "services.d/han.toml:2:8: error: exec \"../mount/han\" cannot be run: \"mount/han\" is in a file system mounted "
                        + "noexec; put it on another file system, or mount that one with exec",
                ]));
            _files.Directory.Write("han", $"#!{mount}/han\n", "755");
            _files.Service("han", $"{Listen}exec = \"../han\"");
            Assert.That(_files.Problems().Single(), Does.Contain("the interpreter of its #! line").And.Contain("mounted noexec"));
        }
        finally
        {
            Tool.Run("umount", mount);
        }
    }

    [Test]
    public void A_program_that_superd_cannot_read_is_given_the_benefit_of_the_doubt()
    {
        _files.Directory.Write("han", "no program", "111");
        _files.Service("han", $"{Listen}exec = \"../han\"\nuser = 54322\ngroup = 54322");
        Assert.That(_files.Problems(), Has.Length.LessThanOrEqualTo(1), "root reads it all the same");
    }

    [TestCase("enabled|interpreter /usr/bin/qemu|flags: OC|offset 0|magic 7f454c46|mask ffffffff", "7f454c4602", true)]
    [TestCase("enabled|interpreter /usr/bin/qemu|flags: |offset 1|magic 454c|mask fff0", "7f454102", true)]
    [TestCase("enabled|interpreter /usr/bin/qemu|flags: |offset 0|magic 7f454c46", "7f454c", false)]
    [TestCase("disabled|interpreter /usr/bin/qemu|flags: |offset 0|magic 7f", "7f454c", false)]
    [TestCase("enabled|interpreter /usr/bin/qemu|flags: |offset 0|magic 4d5a", "7f454c", false)]
    [TestCase("enabled|interpreter /usr/bin/jexec|flags: |extension .jar", "504b", true)]
    [TestCase("enabled|interpreter /usr/bin/jexec|flags: |extension .exe", "504b", false)]
    public void A_format_that_an_administrator_registered_runs(string format, string start, bool runs) =>
        Assert.That(BinaryFormats.Matches(format.Split('|'), "/srv/han.jar", Convert.FromHexString(start)), Is.EqualTo(runs));

    private static byte[] Changed(byte[] bytes, int at, byte value)
    {
        byte[] changed = [.. bytes];
        changed[at] = value;
        return changed;
    }

    private string? ProblemOf(string content, string keys = "") => ProblemOf(Encoding.UTF8.GetBytes(content), keys);

    private string? ProblemOf(byte[] content, string keys = "")
    {
        string path = _files.Directory.Write("han", "", "755");
        File.WriteAllBytes(path, content);
        _files.Service("han", $"{Listen}exec = \"../han\"\n{keys}");
        return _files.Problems().SingleOrDefault();
    }
}
