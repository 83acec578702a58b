using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Linux;

/// <summary>The page of the native routine between clone and execve.</summary>
[NonParallelizable]
public sealed class LaunchCodeTests
{
    [Test]
    public void The_page_is_readable_and_executable_and_never_writable()
    {
        _ = ProcessLauncher.Create(1);

        string[] pages = [.. File.ReadLines("/proc/self/maps").Where(line => line.Contains("superd-launch", StringComparison.Ordinal))];

        // "address permissions offset ..."
        Assert.That(pages, Is.Not.Empty);
        Assert.That(pages.Select(page => page.Split(' ')[1]), Is.All.EqualTo("r-xs"));
    }

    [Test]
    public void Nothing_is_left_open_that_the_page_could_be_changed_through()
    {
        _ = ProcessLauncher.Create(1);

        Assert.That(ProcFs.Descriptors(Environment.ProcessId).Values, Has.None.Contains("superd-launch"));
    }
}
