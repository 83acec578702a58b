using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Programs;

/// <summary><c>git daemon --inetd</c>, a program written for inetd, serves the machine's own git client through superd.</summary>
public sealed class GitDaemonTests
{
    private const int BigFileSize = 2 * 1024 * 1024;

    private TempDir _directory = null!; // set before each test
    private PreparedTool _git = null!;
    private Daemon? _daemon; // null if git is missing

    private Daemon Daemon => _daemon ?? throw new InvalidOperationException("the repository is not served");

    private string Url => $"git://127.0.0.1:{Daemon.Port("git")}/repo";

    [SetUp]
    public void ServeARepository()
    {
        _directory = new TempDir();
        string git = Needs.Program("git");

        // Isolates git from the user's settings and from a surrounding git hook, and keeps it from checking the directory's owner.
        _directory.Write(".gitconfig", """
            [user]
                name = Han
                email = han@example.org
            [init]
                defaultBranch = main
            [safe]
                directory = *
            """);
        Dictionary<string, string?> variables = Environment.GetEnvironmentVariables().Keys.Cast<string>()
            .Where(name => name.StartsWith("GIT_", StringComparison.Ordinal))
            .ToDictionary(name => name, _ => (string?)null);
        variables["HOME"] = _directory.Path;
        variables["GIT_CONFIG_NOSYSTEM"] = "1";
        _git = new PreparedTool(git) { Environment = variables };

        var bytes = new byte[BigFileSize];
        new Random(1).NextBytes(bytes);
        _git.Run(_directory.Path, "init", "--bare", "repositories/repo.git");
        _git.Run(_directory.Path, "init", "seed");
        File.WriteAllBytes(_directory["seed/big"], bytes);
        Commit("seed");
        _git.Run(_directory["seed"], "push", _directory["repositories/repo.git"], "main");

        string exec = TomlText.Of(
            git, "daemon", "--inetd", "--export-all", $"--base-path={_directory["repositories"]}", "--enable=receive-pack");
        _daemon = Daemon.Start(("git", $"listen = '127.0.0.1:0'\nexec = {exec}\nenv = {{ HOME = {TomlText.Of(_directory.Path)} }}\n"));
    }

    [TearDown]
    public void Stop()
    {
        _daemon?.Dispose();
        _directory.Dispose();
    }

    [Test]
    public void A_repository_is_cloned()
    {
        _git.Run(_directory.Path, "clone", Url, "clone");

        Assert.That(Head("clone"), Is.EqualTo(Head("seed")));
        Assert.That(BigFile("clone"), Is.EqualTo(BigFile("seed")));
        Assert.That(Daemon.WaitFor("end", "git")["exit"], Is.EqualTo("0"));
    }

    [Test]
    public void A_commit_is_pushed()
    {
        _git.Run(_directory.Path, "clone", Url, "clone");
        _directory.Write("clone/news", "from the clone\n");
        Commit("clone");

        _git.Run(_directory["clone"], "push", "origin", "main");

        Assert.That(Head("repositories/repo.git"), Is.EqualTo(Head("clone")));
        Assert.That(_git.Run(_directory["repositories/repo.git"], "show", "main:news"), Is.EqualTo("from the clone"));
    }

    [Test]
    public void Twenty_clones_at_once_are_all_equal()
    {
        string[] clones = [.. Enumerable.Range(1, 20).Select(number => $"clone{number}")];

        RunningProgram[] clients = [.. clones.Select(clone => _git.Start(_directory.Path, "clone", Url, clone))];

        foreach ((RunningProgram client, string clone) in clients.Zip(clones))
        {
            using (client)
            {
                PreparedTool.Finish(client);
            }

            Assert.That(Head(clone), Is.EqualTo(Head("seed")), clone);
            Assert.That(BigFile(clone).AsSpan().SequenceEqual(BigFile("seed")), Is.True, $"{clone}/big");
        }

        LogLine[] ends = Daemon.WaitFor(line => line.Is("end", "git"), clones.Length, "every clone has its record");
        Assert.That(ends.Select(line => line["exit"]), Is.All.EqualTo("0"));
    }

    private void Commit(string repository)
    {
        _git.Run(_directory[repository], "add", "--all");
        _git.Run(_directory[repository], "commit", "--message", $"by {repository}");
    }

    private string Head(string repository) => _git.Run(_directory[repository], "rev-parse", "main");

    private byte[] BigFile(string repository) => File.ReadAllBytes(_directory[$"{repository}/big"]);
}
