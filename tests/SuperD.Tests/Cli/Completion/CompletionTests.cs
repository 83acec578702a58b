using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Cli.Completion;

/// <summary>The scripts of <c>superd help bash</c>, <c>zsh</c> and <c>fish</c>, each in its shell, with a superd that runs.</summary>
public sealed class CompletionTests
{
    private const string OddName = "it's $odd";

    private static readonly IEnumerable<string> s_shells = CompletingShell.Names;

    private Daemon _daemon = null!; // set before the tests
    private Client _client = null!;
    private string _id = "";

    [OneTimeSetUp]
    public void Start()
    {
        _daemon = Daemon.Start(
            ("han", "listen = '127.0.0.1:0'\nexec = '/bin/cat'"), ("http", "listen = '127.0.0.1:0'\nexec = '/bin/cat'"), (OddName, "x"));
        _client = _daemon.Connect("han");
        _id = _daemon.AcceptOf(_client)["conn"];
        _daemon.Directory.Write("afile", "");
        _daemon.Directory.MakeDirectory("bdir/cdir");
        _daemon.Directory.Write("bdir/cfile", "");
    }

    [OneTimeTearDown]
    public void Stop()
    {
        _client?.Dispose();
        _daemon?.Dispose();
    }

    [TestCaseSource(nameof(s_shells))]
    public void Tab_completes_what_the_command_line_is_made_of(string name)
    {
        using CompletingShell shell = new(name, _daemon.Directory.Path);
        using (Assert.EnterMultipleScope())
        {
            AssertWords("superd sta\t", "[superd][status]");
            AssertWords("superd status --js\t", "[superd][status][--json]");
            AssertWords("superd imp\tinet\t--dial\tfree\t", "[superd][import][inetd][--dialect][freebsd]");
            AssertWords("superd help sche\tser\t", "[superd][help][schema][service]");
            AssertWords("superd help imp\tsys\t", "[superd][help][import][systemd]");
            AssertWords("superd help keys rlimit.nof\t", "[superd][help][keys][rlimit.nofile]");
            AssertWords("superd help keys log.lev\t", "[superd][help][keys][log.level]");
        }

        void AssertWords(string typed, string words) =>
            Assert.That(shell.WordsOf(typed).Replace("=", "]["), Is.EqualTo(words), typed);
    }

    [TestCaseSource(nameof(s_shells))]
    public void Tab_completes_services_and_connections_of_the_superd_that_runs(string name)
    {
        using CompletingShell shell = new(name, _daemon.Directory.Path);
        using (Assert.EnterMultipleScope())
        {
            foreach (string command in (string[])["status", "ps", "pause", "resume", "drain", "tail", "end --service", "why uid:nobody"])
            {
                string words = string.Concat(command.Split(' ').Select(word => $"[{word}]"));
                Assert.That(shell.WordsOf($"superd {command} ha\t"), Is.EqualTo($"[superd]{words}[han]"));
            }

            Assert.That(shell.WordsOf("superd end --service=ht\t"), Is.EqualTo("[superd][end][--service=http]"));
            Assert.That(shell.WordsOf("superd end \t"), Is.EqualTo($"[superd][end][{_id}]"));
            Assert.That(shell.WordsOf($"superd end {_id} \t"), Is.EqualTo($"[superd][end][{_id}][{_id}]"));
        }
    }

    [TestCaseSource(nameof(s_shells))]
    public void Tab_completes_the_service_files_for_try(string name)
    {
        using TempDir other = new();
        other.Write("a b/superd.toml", "services = 'those'");
        other.Write("a b/those/thus.toml", "");
        other.Write("a b/those/.hidden.toml", "");
        other.Write("a b/those/readme.txt", "");
        using CompletingShell shell = new(name, other.Path);
        Assert.That(shell.WordsOf("superd try -c a\\ b/superd.toml \t"), Is.EqualTo("[superd][try][-c][a b/superd.toml][thus]"));
        Assert.That(
            shell.WordsOf("superd --config=a\\ b/superd.toml try t\t"), Is.EqualTo("[superd][--config=a b/superd.toml][try][thus]"));
    }

    [TestCaseSource(nameof(s_shells))]
    public void Tab_completes_files_and_directories(string name)
    {
        using CompletingShell shell = new(name, _daemon.Directory.Path);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(shell.WordsOf("superd check af\t"), Is.EqualTo("[superd][check][afile]"));
            Assert.That(shell.WordsOf("superd -c af\t"), Is.EqualTo("[superd][-c][afile]"));
            Assert.That(shell.WordsOf("superd status --config=af\t"), Is.EqualTo("[superd][status][--config=afile]"));
            Assert.That(shell.WordsOf("superd import xinetd -o bdir/c\t").TrimEnd(']', '/'), Does.EndWith("[-o][bdir/cdir"));
            Assert.That(shell.WordsOf("superd add x 9004 setpri\t"), Is.EqualTo("[superd][add][x][9004][setpriv]"));
        }
    }

    [TestCaseSource(nameof(s_shells))]
    public void A_name_that_means_something_to_the_shell_is_quoted(string name)
    {
        using CompletingShell shell = new(name, _daemon.Directory.Path);
        Assert.That(shell.WordsOf("superd try it\t"), Is.EqualTo($"[superd][try][{OddName}]"));
        Assert.That(shell.WordsOf("superd try \"it\t"), Is.EqualTo($"[superd][try][{OddName}]"));

        // The console shows the name of such a file in quotes.
        Assert.That(shell.WordsOf("superd status \\\"\t"), Is.EqualTo($"[superd][status][\"{OddName}\"]"));
    }

    [TestCaseSource(nameof(s_shells))]
    public void Nothing_on_the_line_is_run(string name)
    {
        using TempDir directory = new();
        using CompletingShell shell = new(name, directory.Path);
        shell.WordsOf("superd pause -c '$(touch evil)' \\$\\(touch\\ evil\\) '`touch evil`' ha\t");
        Assert.That(File.Exists(directory["evil"]), Is.False);
    }

    [TestCaseSource(nameof(s_shells))]
    public void Without_a_superd_nothing_is_offered_and_nothing_is_said(string name)
    {
        using TempDir directory = new();
        using CompletingShell shell = new(name, directory.Path);
        Assert.That(shell.WordsOf("superd pause -c superd.toml ha\t"), Is.EqualTo("[superd][pause][-c][superd.toml][ha]"));
        Assert.That(shell.WordsOf("superd try -c superd.toml ha\t"), Is.EqualTo("[superd][try][-c][superd.toml][ha]"));
        Assert.That(shell.Drawn, Does.Not.Contain("superd:"));
    }
}
