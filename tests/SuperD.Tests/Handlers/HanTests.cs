using System.Diagnostics;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Handlers;

/// <summary>One rule for <c>han</c> in every language.</summary>
public sealed class HanTests
{
    [Test]
    public Task Han_in_sh_greets_before_it_sleeps() => GreetsBeforeItSleeps(Repository.PathOf("src/handlers/han"));

    [Test]
    public Task Han_in_Python_greets_before_it_sleeps()
    {
        Needs.Program("python3");
        return GreetsBeforeItSleeps(Repository.PathOf("src/handlers/han.py"));
    }

    [Test]
    public Task Han_in_CSharp_greets_before_it_sleeps() => GreetsBeforeItSleeps(Repository.Built("han-cs", "han-cs"));

    [Test]
    public async Task Han_in_C_greets_before_it_sleeps()
    {
        using var folder = new TempDir();

        await GreetsBeforeItSleeps(CProgram.Compile(folder, "han-c", File.ReadAllText(Repository.PathOf("src/handlers/han.c"))));
    }

    [Test]
    public async Task Han_stays_for_five_seconds()
    {
        using var han = new ChildProcess(Repository.PathOf("src/handlers/han"));
        await han.ReadLineAsync();

        var sinceGreeting = Stopwatch.StartNew();
        Assert.That(await han.EndAsync(), Is.Zero);
        Assert.That(sinceGreeting.Elapsed, Is.GreaterThan(TimeSpan.FromSeconds(4)));
    }

    private static async Task GreetsBeforeItSleeps(string path)
    {
        using var han = new ChildProcess(path);

        Assert.That(await han.ReadLineAsync(), Is.EqualTo("Welcome to Server, from Han!"));
        Assert.That(await han.KillAsync(), Is.True, "it was still there: a greeting left in a buffer comes with the end");
    }
}
