using System.Diagnostics;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Handlers;

/// <summary>One rule for <c>han</c> in every language.</summary>
public sealed class HanTests
{
    [Test]
    public void Han_in_sh_greets_before_it_sleeps() => GreetsBeforeItSleeps(Repository.PathOf("src/handlers/han"));

    [Test]
    public void Han_in_Python_greets_before_it_sleeps()
    {
        Needs.Program("python3");
        GreetsBeforeItSleeps(Repository.PathOf("src/handlers/han.py"));
    }

    [Test]
    public void Han_in_CSharp_greets_before_it_sleeps() => GreetsBeforeItSleeps(Repository.Built("han-cs", "han-cs"));

    [Test]
    public void Han_in_C_greets_before_it_sleeps()
    {
        using var folder = new TempDir();

        GreetsBeforeItSleeps(CProgram.Compile(folder, "han-c", File.ReadAllText(Repository.PathOf("src/handlers/han.c"))));
    }

    [Test]
    public void Han_stays_for_five_seconds()
    {
        using var han = new RunningProgram(Repository.PathOf("src/handlers/han"), []);
        han.Output.ReadLine();

        var sinceGreeting = Stopwatch.StartNew();
        Assert.That(han.WaitForEnd(), Is.Zero);
        Assert.That(sinceGreeting.Elapsed, Is.GreaterThan(TimeSpan.FromSeconds(4)));
    }

    private static void GreetsBeforeItSleeps(string path)
    {
        using var han = new RunningProgram(path, []);

        Assert.That(han.Output.ReadLine(), Is.EqualTo("Welcome to Server, from Han!"));
        Assert.That(han.Kill(), Is.True, "it was still there: a greeting left in a buffer comes with the end");
    }
}
