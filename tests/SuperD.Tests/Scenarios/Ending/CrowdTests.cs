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

    private TempDir _directory = null!; // made before each test
    private EndingMeans _means = null!;

    [SetUp]
    public void Prepare()
    {
        _means = EndingMeans.Take(means, user);
        _directory = new TempDir();
        CProgram.Compile(_directory, "walk", Walker);
    }

    [TearDown]
    public void Clean_up()
    {
        _directory?.Dispose(); // null if the test was skipped
        _means?.Dispose();
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
