using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Ending;

/// <summary>
/// A handler that may write to its cgroup's files, because it runs as superd's own user or as root, and freezes the cgroup.
/// </summary>
[TestFixture("nobody", TestName = "As an ordinary user")]
[TestFixture("root", TestName = "As root")]
public sealed class FrozenCgroupTests(string user)
{
    private static readonly string s_listen = "listen = '127.0.0.1:0'\nstop_grace = '300ms'\n";

    private readonly string _mark = $"hidden-{Guid.NewGuid():N}";
    private TempDir _directory = null!; // made before each test
    private EndingMeans _means = null!;

    [SetUp]
    public void Prepare()
    {
        _means = EndingMeans.Take("cgroups", user);
        _directory = new TempDir();
        HidingHandler.Compile(_directory);
    }

    [TearDown]
    public void Clean_up()
    {
        Array.ForEach(HidingHandler.Hidden(_mark), pid => NativeMethods.Kill(pid, SuperD.Linux.Signal.SIGKILL));
        _directory?.Dispose(); // null if the test was skipped
        _means?.Dispose();
    }

    [Test]
    public void The_clients_after_one_whose_cgroup_was_frozen_are_served()
    {
        using Daemon daemon = Start(
            ("hide", s_listen + HidingHandler.Exec(_directory, "freeze", _mark)),
            ("echo", s_listen + TomlText.ExecShell("echo served")));
        for (int i = 1; i <= 5; i++)
        {
            using Client client = daemon.Connect("hide");
            Assert.That(client.ReadToEnd(), Is.EqualTo("hidden\n"));
            LogLine end = daemon.WaitFor(line => line.Is("end", "hide"), i, $"handler {i} has ended")[^1];
            Assert.That(end.Number("orphans"), Is.EqualTo(1), end.Raw);
            using Client next = daemon.Connect("echo");
            Assert.That(next.ReadToEnd(), Is.EqualTo("served\n"));
        }

        Assert.That(daemon.Stop(), Is.Zero);
    }

    [Test]
    public void A_handler_that_has_frozen_itself_can_act_on_TERM()
    {
        const string script =
            """
            trap 'exit 7' TERM
            d=$(sed -n 's/^0:://p' /proc/self/cgroup)
            echo frozen
            echo 1 > "$MOUNT$d/cgroup.freeze"
            sleep 1000 & wait # a trap interrupts wait, and nothing that runs in the foreground
            """;
        string keys = $"listen = '127.0.0.1:0'\nstop_grace = '50s'\nrun_timeout = '500ms'\nenv.MOUNT = '{EndingMeans.CgroupMount}'\n";
        using Daemon daemon = Start(("frozen", keys + TomlText.ExecShell(script)));
        using Client client = daemon.Connect("frozen");
        Assert.That(client.ReadToEnd(), Is.EqualTo("frozen\n"));

        Assert.That(daemon.WaitFor("end", "frozen")["exit"], Is.EqualTo("7"), "a frozen process cannot even act on TERM");
    }

    private Daemon Start(params (string Name, string Toml)[] services) =>
        Daemon.Start(new DaemonOptions { Wrapper = _means.Wrapper, Directory = _directory }, services);
}
