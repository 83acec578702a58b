using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Ending;

/// <summary>
/// Handlers that leave thousands of ended processes to superd, each made by the one before: others are served meanwhile, and all is
/// cleared up.
/// </summary>
[TestFixture("subreaper", "nobody", TestName = "As a subreaper, an ordinary user")]
[TestFixture("first", "root", TestName = "As process 1 without cgroups")]
[TestFixture("cgroups", "nobody", TestName = "With cgroups, an ordinary user")]
public sealed class CrowdTests(string means, string user)
{
    private const int Clients = 60;

    // What takes milliseconds took half a minute when each process was compared with each other one.
    private const int MostMs = 5000;

    // Each of the generations has a session of its own, and ends when it has made the next. The last one stays.
    private const string Walker = """
        #include <stdlib.h>
        #include <unistd.h>

        int main(int argc, char **argv)
        {
            if (fork() == 0) {
                for (int i = 0; i < 3; i++)
                    close(i);
                for (int i = atoi(argv[1]); i > 0; i--) {
                    setsid();
                    if (fork())
                        _exit(0);
                }
                for (;;)
                    pause();
            }
            return argc == 0;
        }
        """;

    // More of them than one signal reaches; the handler ends with its client, and they do not.
    private const int Family = 5000;

    private const string Parent = """
        #include <stdlib.h>
        #include <unistd.h>

        int main(int argc, char **argv)
        {
            int made[2];
            char byte;
            if (pipe(made))
                return 1;
            for (int i = atoi(argv[1]) / 50; i > 0; i--)
                if (fork() == 0) {
                    for (int k = 1; k < 50 && fork(); k++)
                        ;
                    if (write(made[1], "x", 1) != 1)
                        return 1;
                    for (int k = 0; k < 3; k++)
                        close(k);
                    for (;;)
                        pause();
                }
            for (int i = atoi(argv[1]); i > 0; i--)
                if (read(made[0], &byte, 1) != 1)
                    return 1;
            if (write(1, "made\n", 5) != 5)
                return 1;
            return (int)read(0, &byte, 1);
        }
        """;

    private TempDir _directory = null!; // made before each test
    private EndingMeans _means = null!;

    [SetUp]
    public void Prepare()
    {
        _means = EndingMeans.Take(means, user);
        _directory = new TempDir();
        CProgram.Compile(_directory, "walk", Walker);
        CProgram.Compile(_directory, "parent", Parent);
    }

    [TearDown]
    public void Clean_up()
    {
        _directory?.Dispose(); // null if the test was skipped
        _means?.Dispose();
    }

    [Test]
    public void A_crowd_that_lives_is_ended_with_its_connection()
    {
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Wrapper = _means.Wrapper, Directory = _directory },
            ("cat", "listen = '127.0.0.1:0'\nexec = '/bin/cat'\n"),
            ("parent", $"listen = '127.0.0.1:0'\nstop_grace = '300ms'\nexec = {TomlText.Of(_directory["parent"], $"{Family}")}\n"));
        using Client cat = daemon.Connect("cat");
        using (Client client = daemon.Connect("parent"))
        {
            Assert.That(client.ReadLine(), Is.EqualTo("made"));
            Assert.That(Running(), Is.EqualTo(Family + 1));
        }

        Assert.That(cat.Send("still\n").ReadLine(), Is.EqualTo("still"));
        Assert.That(daemon.WaitFor("end", "parent").Number("orphans"), Is.GreaterThan(1));
        Assert.That(Running(), Is.Zero, "of a connection that has ended");

        int Running() => Directory.EnumerateDirectories("/proc")
            .Count(process => new FileInfo($"{process}/exe").LinkTarget == _directory["parent"]);
    }

    [Test]
    public void A_crowd_of_ended_processes_holds_up_nobody_and_goes()
    {
        const string keys = "listen = '127.0.0.1:0'\nstop_grace = '300ms'\n";
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Wrapper = _means.Wrapper, Directory = _directory },
            ("cat", keys + "exec = '/bin/cat'\n"),
            ("walk", keys + $"exec = {TomlText.Of(_directory["walk"], "250")}\n"));
        using Client cat = daemon.Connect("cat");

        Parallel.For(0, Clients, new ParallelOptions { MaxDegreeOfParallelism = Clients }, _ =>
        {
            using Client client = daemon.Connect("walk");
            Assert.That(client.ReadToEnd(), Is.Empty);
        });
        using Client another = daemon.Connect("cat");

        Assert.That(cat.Send("still\n").ReadLine(), Is.EqualTo("still"));
        Assert.That(another.Send("served\n").ReadLine(), Is.EqualTo("served"));
        _ = daemon.WaitFor(line => line.Is("end", "walk"), Clients, "all that walked have ended");
        daemon.WaitForLooks();
        Assert.That(
            daemon.Log.Where(line => line.Event == "slow turn" && line.Number("duration_ms") > MostMs).Select(line => line.Raw), Is.Empty);
    }
}
