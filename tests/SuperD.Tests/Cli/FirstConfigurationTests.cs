using NUnit.Framework;
using SuperD.Cli;
using SuperD.Configuration;
using SuperD.Tests.Support;

namespace SuperD.Tests.Cli;

/// <summary><c>superd init</c> and <c>superd add</c>: from nothing to a service.</summary>
public sealed class FirstConfigurationTests
{
    private TempDir _directory = null!; // set before each test

    [SetUp]
    public void Make() => _directory = new TempDir();

    [TearDown]
    public void Delete() => _directory.Dispose();

    [Test]
    public void Init_writes_a_configuration_without_a_problem_whose_service_works()
    {
        ProgramResult init = Run("init");

        Assert.That((init.ExitCode, init.StandardError), Is.EqualTo((ExitCode.Ok, "")));
        Assert.That(
            init.StandardOutput,
            Is.EqualTo(
                "superd.toml: written\nservices.d/hello.toml: written\nnext:\n  superd try hello\n  superd run\n"
                + "  superd connect 127.0.0.1:9000   # in another terminal\n"));
        Assert.That(Run("check").StandardOutput, Does.EndWith("superd.toml: 1 service, 0 errors, 0 warnings\n"));
        ProgramResult tried = RunningProgram.RunToEnd(
            "sh", ["-c", "echo Ann | \"$0\" try hello", SuperdProgram.Path], _directory.Path);
        Assert.That(tried.StandardOutput, Is.EqualTo("Your name?\nHello Ann, you come from 127.0.0.1.\n"), tried.StandardError);
    }

    [Test]
    public void The_lines_that_init_comments_out_are_right_when_the_comment_sign_is_removed()
    {
        Run("init");
        foreach (string file in (string[])["superd.toml", "services.d/hello.toml"])
        {
            // A second exec would be an error of its own; of prose no line has " = ".
            string[] lines = [.. File.ReadAllLines(_directory[file]).Where(line => !line.StartsWith("exec ", StringComparison.Ordinal))];
            File.WriteAllLines(_directory[file], lines.Select(line => IsSetting(line) ? line[2..] : line));
        }

        _directory.Write("greet", "#!/bin/sh\n", "755");
        HostContext root = HostContext.Current() with { UserId = 0, GroupId = 0, Capabilities = ulong.MaxValue };
        Assert.That(ConfigurationLoader.Load(_directory["superd.toml"], root).Diagnostics, Is.Empty);

        static bool IsSetting(string line) => line.StartsWith("# ", StringComparison.Ordinal) && line.Contains(" = ");
    }

    [Test]
    public void What_init_writes_is_trusted_whatever_the_umask()
    {
        ProgramResult init = RunningProgram.RunToEnd(
            "sh", ["-c", "umask 0; exec \"$0\" init sub", SuperdProgram.Path], _directory.Path);

        Assert.That((init.ExitCode, init.StandardError), Is.EqualTo((ExitCode.Ok, "")));
        foreach (string made in (string[])["sub", "sub/superd.toml", "sub/services.d", "sub/services.d/hello.toml"])
        {
            Assert.That(File.GetUnixFileMode(_directory[made]) & (UnixFileMode)0b010_010, Is.EqualTo((UnixFileMode)0), made);
        }

        Assert.That(Run("check", "-c", "sub/superd.toml").ExitCode, Is.EqualTo(ExitCode.Ok));
    }

    [Test]
    public void Init_writes_into_no_file()
    {
        _directory.Write("file", "");
        Assert.That(Run("init", "file").StandardError, Does.StartWith("superd: file is a file; name the directory to write into"));
    }

    [TestCase("sub")]
    [TestCase("it's $HOME here")]
    public void What_init_says_comes_next_can_be_pasted(string directory) => AssertCanBePasted(directory, "sh");

    [Test]
    public void So_it_can_when_the_path_would_change_the_terminal() =>
        AssertCanBePasted("a\e[31m\\ 'b'\n\u202e", Needs.Program("bash"));

    private void AssertCanBePasted(string directory, string shell)
    {
        string[] lines = Run("init", directory).StandardOutput.Split('\n');

        string next = lines.Single(line => line.StartsWith("  superd try ", StringComparison.Ordinal));
        string pasted = next.Replace("superd try", "\"$0\" try");
        ProgramResult tried = RunningProgram.RunToEnd(shell, ["-c", pasted + " </dev/null", SuperdProgram.Path], _directory.Path);
        Assert.That(tried.StandardOutput, Does.StartWith("Your name?\n"), tried.StandardError);
    }

    [TestCase("superd.toml")]
    [TestCase("services.d/hello.toml")]
    [TestCase("services.d/other.toml")]
    public void Init_overwrites_nothing(string existing)
    {
        _directory.Write(existing, "# mine\n");

        ProgramResult init = Run("init");

        bool refuses = existing == "superd.toml";
        Assert.That(init.ExitCode, Is.EqualTo(refuses ? ExitCode.IoError : ExitCode.Config)); // a service without exec is an error
        Assert.That(File.ReadAllText(_directory[existing]), Is.EqualTo("# mine\n"));
        Assert.That(File.Exists(_directory["superd.toml"]), Is.True);
        Assert.That(Directory.GetFileSystemEntries(_directory.Path, "*", SearchOption.AllDirectories), Has.Length.EqualTo(refuses ? 1 : 3));
    }

    [Test]
    public void Init_does_not_write_through_a_link()
    {
        File.CreateSymbolicLink(_directory["superd.toml"], _directory["elsewhere"]);

        Assert.That(Run("init").ExitCode, Is.EqualTo(ExitCode.IoError));
        Assert.That(File.Exists(_directory["elsewhere"]), Is.False);
    }

    [Test]
    public void Add_writes_a_service_with_the_program_of_that_name_and_its_arguments_as_they_are()
    {
        Run("init");

        ProgramResult add = Run("add", "shout", "127.0.0.1:9004", "tr", "-d", "a \"b\"", "--json");

        Assert.That((add.ExitCode, add.StandardError), Is.EqualTo((ExitCode.Ok, "")));
        Assert.That(
            add.StandardOutput,
            Is.EqualTo("services.d/shout.toml: written; next:\n  superd try shout\n  superd reload   # when superd runs\n"));
        ServiceDefinition service = ConfigurationLoader.Load(_directory["superd.toml"], HostContext.Current())
            .Server!.Services.Single(one => one.Name == "shout"); // no error in superd.toml
        Assert.That(service.Executable, Does.EndWith("/tr"));
        Assert.That(service.Arguments, Is.EqualTo(new[] { "-d", "a \"b\"", "--json" }));
    }

    [Test]
    public void Add_finds_a_program_of_this_directory_and_the_configuration_that_is_named()
    {
        Run("init", "etc");
        _directory.Write("greet", "#!/bin/sh\necho hi\n", "755");

        ProgramResult add = Run("add", "-c", "etc/superd.toml", "greet", "9004", "./greet");

        Assert.That(add.StandardOutput, Does.Contain("\n  superd try greet -c etc/superd.toml\n"), add.StandardError);
        Assert.That(
            File.ReadAllText(_directory["etc/services.d/greet.toml"]), Is.EqualTo($"listen = 9004\nexec   = \"{_directory["greet"]}\"\n"));
    }

    [TestCase(78, "services.d/bad.toml:1:10: error: 127.0.0.1:9000 is already listened on by service "
        + "'hello'", "bad", "127.0.0.1:9000", "cat")]
    [TestCase(78, "services.d/bad.toml:1:10: error: listen = \"x:y:z\"", "bad", "x:y:z", "cat")]
    [TestCase(64, "there is no program \"nonesuch\" here or in PATH; write its path, such as /usr/bin/cat", "bad", "9004", "nonesuch")]
    [TestCase(64, "superd: \"../bad\" is no name for a service", "../bad", "9004", "cat")]
    [TestCase(64, "superd: \".bad\" is no name for a service", ".bad", "9004", "cat")]
    [TestCase(74, "services.d/Hello.toml would be a second service of one name, since upper and lower case count the same: "
        + "services.d/hello.toml "
        + "is there already", "Hello", "9004", "cat")]
    [TestCase(74, "services.d/hello.toml is there already, and nothing was written", "hello", "9004", "cat")]
    public void Add_leaves_nothing_behind_when_something_is_wrong(int exitCode, string message, params string[] arguments)
    {
        Run("init");
        string before = Content();

        ProgramResult add = Run(["add", .. arguments]);

        Assert.That((add.ExitCode, add.StandardOutput), Is.EqualTo((exitCode, "")));
        Assert.That(add.StandardError, Does.Contain(message));
        Assert.That(Content(), Is.EqualTo(before));
    }

    [TestCase("my.txt")]
    [TestCase("./my.txt")]
    public void Add_writes_the_whole_path_of_an_argument_that_is_a_file_here(string argument)
    {
        Run("init");
        string file = _directory.Write("my.txt", "read\n");

        ProgramResult add = Run("add", "mine", "9004", "cat", "-u", argument, "nosuch.txt");

        Assert.That(add.StandardError, Is.Empty);
        Assert.That(File.ReadAllText(_directory["services.d/mine.toml"]), Does.Contain($"\"-u\", \"{file}\", \"nosuch.txt\""));
        Assert.That(Run("try", "mine").StandardOutput, Does.StartWith("read\n"));
    }

    [Test]
    public void Add_without_a_configuration_leads_to_init()
    {
        Assume.That("/etc/superd/superd.toml", Does.Not.Exist);
        ProgramResult add = Run("add", "x", "9004", "cat");
        Assert.That((add.ExitCode, add.StandardError), Is.EqualTo((ExitCode.Config, add.StandardError)));
        Assert.That(add.StandardError, Does.Contain("'superd init' writes one here"));
    }

    private string Content() => string.Join(
        '\n',
        Directory.GetFiles(_directory.Path, "*", SearchOption.AllDirectories).Order().Select(file => file + File.ReadAllText(file)));

    private ProgramResult Run(params string[] arguments) => SuperdProgram.Run(_directory.Path, arguments);
}
