using NUnit.Framework;

namespace SuperD.Tests.Support;

/// <summary>A killed run leaves nothing behind for long.</summary>
public sealed class TestRunTests
{
    private TempDir _tmp = null!; // made before each test

    [SetUp]
    public void Prepare() => _tmp = new TempDir();

    [TearDown]
    public void Clean_up() => _tmp.Dispose();

    [Test]
    public void The_directory_of_a_dead_run_is_removed_with_all_that_is_in_it()
    {
        string dead = RunOf("superd-test-dead");

        TestRun.Sweep(_tmp.Path);

        Assert.That(dead, Does.Not.Exist);
    }

    [Test]
    public void That_of_a_run_that_lives_stays()
    {
        string alive = RunOf("superd-test-alive");
        using var hold = new FileStream($"{alive}/.lock", FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        TestRun.Sweep(_tmp.Path);

        Assert.That(alive, Does.Exist);
    }

    [Test]
    public void One_that_was_made_a_moment_ago_stays_for_its_run_is_about_to_take_the_lock()
    {
        string young = RunOf("superd-test-young");
        Directory.SetLastWriteTimeUtc(young, DateTime.UtcNow);

        TestRun.Sweep(_tmp.Path);

        Assert.That(young, Does.Exist);
    }

    [Test]
    public void What_has_another_name_or_no_lock_stays()
    {
        string other = RunOf("superd-bench-dead"), without = RunOf("superd-test-without");
        File.Delete($"{without}/.lock");
        Directory.SetLastWriteTimeUtc(without, DateTime.UtcNow.AddHours(-1));

        TestRun.Sweep(_tmp.Path);

        Assert.That(other, Does.Exist);
        Assert.That(without, Does.Exist);
    }

    [Test]
    public void This_run_holds_the_lock_of_its_own_directory() =>
        Assert.That(() => File.OpenHandle($"{TestRun.Path}/.lock", share: FileShare.None), Throws.InstanceOf<IOException>());

    private string RunOf(string name)
    {
        _tmp.Write($"{name}/.lock", "");
        _tmp.Write($"{name}/1/superd.toml", "");
        Directory.SetLastWriteTimeUtc(_tmp[name], DateTime.UtcNow.AddHours(-1));
        return _tmp[name];
    }
}
