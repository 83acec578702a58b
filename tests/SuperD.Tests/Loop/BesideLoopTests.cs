using NUnit.Framework;
using SuperD.Loop;
using SuperD.Tests.Support;

namespace SuperD.Tests.Loop;

/// <summary>Work outside the loop has a name, and one way to get a thread.</summary>
public sealed class BesideLoopTests
{
    [Test]
    public void Work_is_known_by_its_name_on_its_own_thread_only_while_it_runs()
    {
        using var ran = new ManualResetEventSlim();
        string? name = null;
        BesideLoop.Run("read a test", () =>
        {
            name = BesideLoop.CurrentWork;
            ran.Set();
        });

        Assert.That(ran.Wait(Patience.Limit), Is.True);
        Assert.That(name, Is.EqualTo("read a test"));
        Assert.That(BesideLoop.CurrentWork, Is.Null);
        BesideLoop.Perform("write a test", () => name = BesideLoop.CurrentWork);
        Assert.That((name, BesideLoop.CurrentWork), Is.EqualTo(("write a test", (string?)null)));
    }

    /// <summary>A task would swallow the exception: the daemon would live on, and whatever waits for the work would wait in vain.</summary>
    [Test]
    public void The_daemon_has_no_other_way_to_the_pool()
    {
        string[] others = ["Task.Run", "Task.Factory", "QueueUserWorkItem", "async "];
        string source = Repository.PathOf("src/SuperD");
        string[] found = [.. Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.StartsWith($"{source}/Cli/", StringComparison.Ordinal) && Path.GetFileName(file) != "BesideLoop.cs")
            .Where(file => others.Any(other => File.ReadAllText(file).Contains(other, StringComparison.Ordinal)))];

        Assert.That(found, Is.Empty);
    }
}
