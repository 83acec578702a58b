using NUnit.Framework;
using SuperD.Cli;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Console;

/// <summary>
/// Which servers the console commands accept as superd, and where superd opens
/// its console, when root shares the machine with hostile users.
/// </summary>
public sealed class ConsoleTrustTests
{
    private const string Nobody = "65534", Python = "/usr/bin/python3";

    private static readonly (string, string) s_cat = ("cat", "listen = '127.0.0.1:0'\nexec = '/bin/cat'\n");

    private TempDir _directory = null!; // set before each test
    private string _setpriv = null!;

    [SetUp]
    public void Prepare()
    {
        Needs.Root();
        Needs.File(Python);
        _setpriv = Needs.Program("setpriv");
        _directory = new TempDir();
        _directory.Write("superd.toml", "");
        _directory.MakeDirectory("shared", "1777");
    }

    [TearDown]
    public void Delete() => _directory?.Dispose();

    [Test]
    public void A_directory_that_somebody_has_made_at_a_usual_place_is_not_taken_for_superds()
    {
        Assert.That(Run("status").StandardError, Does.Match("no superd answers at /run/superd/superd-[0-9a-f]{8}.sock"));
        string name = Path.GetFileName(Run("status").StandardError.Split(':')[1].Split(' ')[^1]);
        AsNobody("mkdir", "-m", "755", _directory["shared/superd"]);
        using Impostor impostor = Listen($"shared/superd/{name}");

        ProgramResult result = Run("reload");

        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.NoPermission));
        Assert.That(result.StandardError, Is.EqualTo(
            $"superd: what listens at {_directory["shared/superd"]}/{name} is not taken for superd: the directory "
                + $"{_directory["shared/superd"]} belongs to uid 65534, "
            + $"and others may write to {_directory["shared"]}; remove it, or choose another control.socket in superd.toml\n"));
        Assert.That(impostor.Heard, Is.Empty, "nothing was asked");
    }

    [TestCase("-c")]
    [TestCase("--socket")]
    public void A_process_of_another_user_is_not_asked(string option)
    {
        string path = _directory["shared/console.sock"];
        _directory.Write("superd.toml", $"[control]\nsocket = '{path}'\n");
        using Impostor impostor = Listen("shared/console.sock");

        ProgramResult result = Run("end", "--service", "han", option, option == "-c" ? _directory["superd.toml"] : path);

        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.NoPermission));
        Assert.That(
            result.StandardError,
            Does.Match(
                $"^superd: what listens at {path} is not taken for superd: its process belongs to uid 65534, who is neither root nor you "
                    + "[^\n]*\n$"));
        Assert.That(impostor.Heard, Is.Empty, "nothing was asked");
    }

    [Test]
    public void A_link_of_another_user_leads_nowhere()
    {
        using Daemon daemon = Daemon.Start(new DaemonOptions(), s_cat);
        AsNobody("ln", "-s", daemon.Directory["control.sock"], _directory["shared/console.sock"]);

        ProgramResult result = Run("status", "--socket", _directory["shared/console.sock"]);

        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.NoPermission));
        Assert.That(result.StandardError, Does.Contain($"the link {_directory["shared/console.sock"]} belongs to uid 65534"));
    }

    [Test]
    public void Root_goes_through_no_directory_in_which_anybody_may_replace_things()
    {
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Control = "socket = 'run/control.sock'", Directory = Prepared("run", "755") }, s_cat);
        Assert.That(Run("status", "-c", daemon.Directory["superd.toml"]).ExitCode, Is.Zero);
        daemon.Directory.MakeDirectory("run", "777");

        ProgramResult result = Run("status", "-c", daemon.Directory["superd.toml"]);

        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.NoPermission));
        Assert.That(
            result.StandardError,
            Does.Contain(
                $"anybody may replace what is in {daemon.Directory["run"]}; 'chmod o-w {daemon.Directory["run"]}', or 'chmod +t' where all "
                    + "need to write"));
        Tool.Run("chmod", "+t", daemon.Directory["run"]);
        Assert.That(Run("status", "-c", daemon.Directory["superd.toml"]).ExitCode, Is.Zero, "a sticky directory will do");
    }

    [Test]
    public void The_owner_of_superd_toml_and_a_user_to_whom_root_gave_the_directory_may_run_superd()
    {
        _directory.Write("superd.toml", $"[control]\nsocket = '{_directory["shared/console.sock"]}'\n");
        using (Impostor owner = Listen("shared/console.sock"))
        {
            Tool.Run("chown", Nobody, _directory["superd.toml"]);
            Assert.That(Run("status").ExitCode, Is.EqualTo(ExitCode.IoError), "it is asked, and closes");
            Assert.That(owner.WaitForRequest(), Does.Contain("\"command\":\"status\""));
        }

        Tool.Run("chown", Nobody, _directory.MakeDirectory("given"));
        using Impostor given = Listen("given/console.sock");
        Assert.That(
            Run("status", "--socket", _directory["given/console.sock"]).ExitCode, Is.EqualTo(ExitCode.IoError), "it is asked, and closes");
        Assert.That(given.WaitForRequest(), Does.Contain("\"command\":\"status\""));
    }

    [TestCase("directory", "mkdir", "shared/mine")]
    [TestCase("link", "ln", "shared/mine")]
    public void No_console_opens_behind_a_directory_or_link_of_another_user(string what, string program, string path)
    {
        AsNobody(
            program, program == "ln" ? ["-s", _directory.MakeDirectory("elsewhere"), _directory[path]] : ["-m", "777", _directory[path]]);

        using Daemon daemon = Daemon.Start(new DaemonOptions { Control = $"socket = '{_directory[path]}/console.sock'" }, s_cat);

        string error = daemon.WaitFor(line => line.Event == "console_failed", "there is no console")["error"];
        Assert.That(
            error, Does.StartWith($"the {what} {_directory[path]} belongs to uid 65534, and others may write to {_directory["shared"]}; "));
        Assert.That(Directory.EnumerateFileSystemEntries(_directory[path]), Is.Empty);
    }

    [Test]
    public void The_socket_of_another_users_process_is_left_alone_and_its_user_said()
    {
        Impostor impostor = Listen("shared/console.sock");
        using (impostor)
        {
            using Daemon daemon = Daemon.Start(new DaemonOptions { Control = $"socket = '{impostor.Path}'" }, s_cat);
            Assert.That(
                daemon.WaitFor(line => line.Event == "console_failed", "there is no console")["error"],
                Is.EqualTo("a process of uid 65534 listens there; end it, or choose another control.socket"));

            impostor.Dispose();
            daemon.WaitFor(line => line.Event == "console_open", "it has the place when it is free");
            Assert.That(Run("status", "--socket", impostor.Path).ExitCode, Is.Zero);
        }
    }

    private static TempDir Prepared(string name, string mode)
    {
        var directory = new TempDir();
        directory.MakeDirectory(name, mode);
        return directory;
    }

    /// <summary>Runs a command in the test's directory, with the system's usual paths and one that every user may write to.</summary>
    private ProgramResult Run(params string[] arguments) =>
        SuperdProgram.Run(_directory.Path, new Dictionary<string, string?> { ["XDG_RUNTIME_DIR"] = _directory["shared"] }, arguments);

    private void AsNobody(string program, params string[] arguments) =>
        Tool.Run(_setpriv, [$"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups", program, .. arguments]);

    private Impostor Listen(string path) => new(_setpriv, _directory[path], _directory);

    /// <summary>A process of nobody that listens on a socket, records the requests, and closes.</summary>
    private sealed class Impostor : IDisposable
    {
        private const string Script = """
            import os, socket, sys
            s = socket.socket(socket.AF_UNIX)
            s.bind(sys.argv[1])
            s.listen(8)
            print('ready', flush=True)
            while True:
                c = s.accept()[0]
                heard = c.recv(4096)
                if heard:
                    print(heard.decode().strip(), flush=True)
                c.close()
            """;

        private readonly RunningProgram _process;

        public Impostor(string setpriv, string path, TempDir directory)
        {
            Path = path;
            // The change of the user clears its parent-death signal, so setpriv sets it again.
            string[] asNobody = ["--reuid", Nobody, "--regid", Nobody, "--clear-groups", "--pdeathsig", "KILL"];
            _process = new RunningProgram(setpriv, [.. asNobody, Python, "-c", Script, path], directory.Path);
            Assert.That(_process.Output.ReadLine(), Is.EqualTo("ready"));
        }

        public string Path { get; }

        /// <summary>The requests it received; complete once it has ended.</summary>
        public string Heard
        {
            get
            {
                _process.Kill();
                return _process.Output.Text["ready\n".Length..];
            }
        }

        public string? WaitForRequest() => _process.Output.ReadLine();

        public void Dispose() => _process.Dispose();
    }
}
