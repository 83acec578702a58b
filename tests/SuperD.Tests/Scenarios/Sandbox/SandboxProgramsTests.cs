using NUnit.Framework;
using SuperD.Tests.Support;
using static SuperD.Tests.Scenarios.Sandbox.SandboxedHandler;

namespace SuperD.Tests.Scenarios.Sandbox;

/// <summary>Real programs in both profiles: what runs as it is, what needs a key, and what breaks. The table of sandbox.md.</summary>
public sealed class SandboxProgramsTests
{
    private TempDir _directory = null!; // set before each test

    /// <summary>Each program under each profile, as each user.</summary>
    private static IEnumerable<TestCaseData> Profiles =>
        from profile in (string[])["basic", "strict"]
        from user in Users
        select new TestCaseData(profile, user);

    private static IEnumerable<string> Everybody => Users;

    [SetUp]
    public void MakeDirectory() => _directory = new TempDir();

    [TearDown]
    public void DeleteDirectory() => _directory.Dispose();

    [TestCaseSource(nameof(Profiles))]
    public void A_shell_runs_a_pipeline(string profile, string user) =>
        Assert.That(AskShell(user, profile, "(echo b; echo a) | sort | tr a-z A-Z & wait; echo $(expr 1 + 1)"), Is.EqualTo("A\nB\n2\n"));

    [TestCaseSource(nameof(Profiles))]
    public void Perl_forks_and_opens_pipes(string profile, string user)
    {
        string exec = $"exec = {TomlText.Of(Program("perl"), "-e", """
            $| = 1;
            my $pid = fork; if (!$pid) { print "child\n"; exit } waitpid $pid, 0;
            print `echo piped`; my ($name) = getpwuid($<); print "named\n" if $name;
            """)}\n";
        Assert.That(Ask(user, profile, exec), Is.EqualTo("child\npiped\nnamed\n"));
    }

    [TestCaseSource(nameof(Profiles))]
    public void Python_has_ssl_threads_processes_and_asyncio(string profile, string user)
    {
        const string Script = """
            import asyncio, hashlib, multiprocessing, ssl, subprocess, threading
            context = ssl.create_default_context()
            print("ssl", context.check_hostname, len(hashlib.sha256(b"x").hexdigest()))
            found = []
            threads = [threading.Thread(target=found.append, args=(i,)) for i in range(8)]
            [one.start() for one in threads]; [one.join() for one in threads]
            print("threads", sorted(found) == list(range(8)))
            print("subprocess", subprocess.run(["echo", "sub"], capture_output=True, text=True).stdout.strip())
            async def slow(): await asyncio.sleep(0.01); return "async"
            print("asyncio", asyncio.run(slow()))
            def work(pipe): pipe.send("multi"); pipe.close()
            ours, theirs = multiprocessing.Pipe()
            child = multiprocessing.Process(target=work, args=(theirs,)); child.start()
            print("multiprocessing", ours.recv()); child.join()
            """;
        Assert.That(
            AskPython(user, profile, Script),
            Is.EqualTo("ssl True 64\nthreads True\nsubprocess sub\nasyncio async\nmultiprocessing multi\n"));
    }

    [TestCaseSource(nameof(Everybody))]
    public void A_pool_of_Python_needs_shared_memory_which_basic_has(string user)
    {
        const string Script = "import multiprocessing\nwith multiprocessing.Pool(2) as pool: print(pool.map(abs, [-1, -2, -3]))";
        Assert.That(AskPython(user, "basic", Script), Is.EqualTo("[1, 2, 3]\n"));
        Assert.That(AskPython(user, "strict", Script), Does.Contain("PermissionError"));
        Assert.That(AskPython(user, "strict", Script, "writable = '/dev/shm'\n"), Is.EqualTo("[1, 2, 3]\n"));
    }

    [TestCaseSource(nameof(Everybody))]
    public void A_temporary_file_of_Python_needs_tmp_which_basic_has(string user)
    {
        const string Script = "import tempfile\nwith tempfile.TemporaryFile() as file: print(file.write(b'four'))";
        string own = _directory.MakeDirectory("tmp", "777");
        Assert.That(AskPython(user, "basic", Script), Is.EqualTo("4\n"));
        Assert.That(AskPython(user, "strict", Script), Does.Contain("No usable temporary directory"));
        Assert.That(
            AskPython(user, "strict", Script, $"writable = '{own}'\nenv = {{ TMPDIR = '{own}' }}\n"), Is.EqualTo("4\n"));
    }

    [TestCaseSource(nameof(Profiles))]
    public void Node_starts_child_processes(string profile, string user)
    {
        string exec = $"exec = {TomlText.Of(Program("node"), "-e", """
            const { execFileSync } = require("child_process");
            console.log(execFileSync("echo", ["child"]).toString().trim(), require("os").cpus().length > 0,
              require("crypto").createHash("sha256").update("x").digest("hex").length);
            """)}\n";
        Assert.That(Ask(user, profile, exec), Is.EqualTo("child true 64\n"));
    }

    [TestCaseSource(nameof(Profiles))]
    public void A_program_of_NET_runs(string profile, string user)
    {
        using SandboxedHandler handler = new(user, profile, TomlText.ExecTestHandler("echo"));
        using Client client = handler.Daemon.Connect(Service);
        Assert.That(client.Send("line\n").ReadLine(), Is.EqualTo("line"));
    }

    [TestCase("basic")]
    [TestCase("strict")]
    public void A_native_program_of_NET_runs(string profile)
    {
        string native = Needs.NativeSuperd();
        Assert.That(Ask(AnyUser, profile, $"exec = {TomlText.Of(native, "--version")}\n"), Does.StartWith("superd "));
    }

    [TestCaseSource(nameof(Profiles))]
    public void Git_serves_a_repository_that_is_readable(string profile, string user)
    {
        string git = Program("git");
        PreparedTool client = MakeRepository(git);
        string exec = $"exec = {TomlText.Of(git, "daemon", "--inetd", "--export-all", $"--base-path={_directory["repositories"]}")}\n";
        string keys = $"readable = '{_directory["repositories"]}'\n";
        using SandboxedHandler handler = new(user, profile, exec, keys + "env = { GIT_CONFIG_COUNT = '1', "
            + "GIT_CONFIG_KEY_0 = 'safe.directory', GIT_CONFIG_VALUE_0 = '*' }\n");
        client.Run(_directory.Path, "clone", $"git://127.0.0.1:{handler.Daemon.Port(Service)}/repo", "clone");
        Assert.That(File.ReadAllText(_directory["clone/file"]), Is.EqualTo("text\n"));
    }

    [Test]
    public void Git_fails_with_a_home_that_it_may_not_read()
    {
        string home = _directory.MakeDirectory("home", "755");
        _directory.Write("home/.gitconfig", "[user]\nname = x\n");
        string exec = $"exec = {TomlText.Of(Program("git"), "config", "--list")}\n";
        string env = $"env = {{ HOME = '{home}' }}\n";
        Assert.That(Ask(AnyUser, "strict", exec, env), Does.Contain("fatal: ").And.Contain(".gitconfig': Permission denied"));
        Assert.That(Ask(AnyUser, "strict", exec, $"{env}readable = '{home}'\n"), Does.Contain("user.name=x"));
        Assert.That(Ask(AnyUser, "strict", exec), Does.Not.Contain("fatal"));
    }

    [TestCase("basic")]
    [TestCase("strict")]
    public void Rsync_hands_out_a_tree_that_is_readable(string profile)
    {
        string rsync = Program("rsync");
        _directory.Write("tree/deep/file", "text\n");
        string configuration = _directory.Write("rsyncd.conf", $"""
            use chroot = no
            log file = /dev/null
            [tree]
            path = {_directory["tree"]}
            """);
        string exec = $"exec = {TomlText.Of(rsync, "--daemon", $"--config={configuration}")}\n";
        using SandboxedHandler handler = new(AnyUser, profile, exec, $"readable = {TomlText.Of(_directory["tree"], configuration)}\n");
        new PreparedTool(rsync).Run(_directory.Path, "-a", $"rsync://127.0.0.1:{handler.Daemon.Port(Service)}/tree/", "copy/");
        Assert.That(File.ReadAllText(_directory["copy/deep/file"]), Is.EqualTo("text\n"));
    }

    [Test]
    public void A_program_that_becomes_another_user_needs_to_be_started_as_that_one()
    {
        Needs.Root();
        const string Become = "import os; os.setgroups([]); os.setgid(65534); os.setuid(65534); print('became', os.getuid())";
        Assert.That(AskPython("root", "none", Become), Is.EqualTo("became 65534\n"));
        Assert.That(AskPython("root", "basic", Become), Does.Contain("PermissionError").And.Not.Contain("became"));
    }

    [TestCaseSource(nameof(Profiles))]
    public void The_web_server_of_busybox_serves_what_is_readable(string profile, string user)
    {
        Needs.File("/bin/busybox");
        _directory.Write("www/index.html", "<p>hello\n");
        string exec = $"exec = {TomlText.Of("/bin/busybox", "httpd", "-i", "-h", _directory["www"])}\n";
        using SandboxedHandler handler = new(user, profile, exec, $"readable = '{_directory["www"]}'\n");
        using Client client = handler.Daemon.Connect(Service);
        Assert.That(client.Send("GET / HTTP/1.0\r\n\r\n").ReadToEnd(), Does.StartWith("HTTP/1.").And.EndsWith("<p>hello\n"));
    }

    [TestCaseSource(nameof(Profiles))]
    public void Namespaces_and_debuggers_are_denied(string profile, string user)
    {
        string answer = AskShell(
            user, profile, $"{Program("unshare")} -U true || echo no namespace; {Program("strace")} -o /dev/null true || echo no debugger");
        Assert.That(answer, Does.Contain("no namespace\n").And.Contain("no debugger\n").And.Contain("Operation not permitted"));
    }

    [TestCaseSource(nameof(Everybody))]
    public void A_correction_lets_a_debugger_in_and_another_keeps_a_call_out(string user)
    {
        string strace = $"{Program("strace")} -f -o /dev/null true && echo traced";
        Assert.That(AskShell(user, "basic", strace, "syscalls = ['+ptrace', '+process_vm_readv']\n"), Does.Contain("traced\n"));
        const string Link = "ln -s a /tmp/superd-test-link-$$ && rm /tmp/superd-test-link-$$ && echo linked";
        Assert.That(AskShell(user, "basic", Link), Is.EqualTo("linked\n"));
        Assert.That(AskShell(user, "basic", Link, "syscalls = ['-symlink', '-symlinkat']\n"), Does.Not.Contain("linked\n"));
    }

    [Test]
    public void A_set_user_id_program_that_a_handler_starts_gains_nothing()
    {
        Needs.Root();
        File.Copy("/usr/bin/id", _directory.MakeDirectory("bin") + "/id");
        Tool.Run("chmod", "4755", _directory["bin/id"]);
        string script = $"{_directory["bin/id"]} -u";
        Assert.That(AskShell("nobody", "none", script), Is.EqualTo("0\n"));
        Assert.That(AskShell("nobody", "basic", script), Is.Not.EqualTo("0\n"));
    }

    private PreparedTool MakeRepository(string git)
    {
        Dictionary<string, string?> variables = Environment.GetEnvironmentVariables().Keys.Cast<string>()
            .Where(name => name.StartsWith("GIT_", StringComparison.Ordinal))
            .ToDictionary(name => name, _ => (string?)null);
        _directory.Write(
            ".gitconfig", "[user]\nname = Han\nemail = han@example.org\n[init]\ndefaultBranch = main\n[safe]\ndirectory = *\n");
        variables["HOME"] = _directory.Path;
        variables["GIT_CONFIG_NOSYSTEM"] = "1";
        var tool = new PreparedTool(git) { Environment = variables };
        tool.Run(_directory.Path, "init", "seed");
        _directory.Write("seed/file", "text\n");
        tool.Run(_directory["seed"], "add", "--all");
        tool.Run(_directory["seed"], "commit", "--message", "first");
        tool.Run(_directory.Path, "clone", "--bare", "seed", "repositories/repo.git");
        return tool;
    }
}
