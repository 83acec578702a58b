using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Linux;

/// <summary>The native routine between clone and execve: its bytes, and the page that holds them.</summary>
[NonParallelizable]
public sealed class LaunchRoutineTests
{
    [Test]
    public void The_bytes_are_what_the_listing_assembles_to()
    {
        Needs.Program("as");
        Needs.Program("objcopy");
        using var directory = new TempDir();
        string source = directory.Write("launch.s", ".intel_syntax noprefix\n" + LaunchRoutine.Listing);

        Tool.Run("as", "--64", "-o", directory["launch.o"], source);
        Tool.Run("objcopy", "-O", "binary", "-j", ".text", directory["launch.o"], directory["launch.bin"]);

        Assert.That(LaunchRoutine.Code.ToArray(), Is.EqualTo(File.ReadAllBytes(directory["launch.bin"])));
    }

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
