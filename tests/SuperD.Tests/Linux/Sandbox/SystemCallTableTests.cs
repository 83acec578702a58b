using System.Text.RegularExpressions;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Linux.Sandbox;

/// <summary>The names and numbers of system calls, and their groups.</summary>
public sealed partial class SystemCallTableTests
{
    /// <summary>Where distributions have the kernel's header.</summary>
    private static readonly string[] s_headers = ["/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h"];

    [Test]
    public void A_name_has_its_number_and_a_number_its_name()
    {
        (string, int)[] calls = [("read", 0), ("ptrace", 101), ("uprobe", 336), ("pidfd_send_signal", 424), ("listns", 470)];
        foreach ((string name, int number) in calls)
        {
            Assert.That(SystemCallTable.TryFind(name, out int found) ? found : -1, Is.EqualTo(number), name);
            Assert.That(SystemCallTable.NameOf(number), Is.EqualTo(name));
        }

        Assert.That(SystemCallTable.Names, Is.Unique.And.Member("openat2").And.Not.Member(""));
    }

    [TestCase(-1)]
    [TestCase(337)]
    [TestCase(423)]
    [TestCase(471)]
    [TestCase(0x40000000)]
    public void A_number_without_a_call_has_no_name(int number) => Assert.That(SystemCallTable.NameOf(number), Is.Null);

    [TestCase("umount")]
    [TestCase("Read")]
    [TestCase("")]
    public void Another_name_is_not_found(string name) => Assert.That(SystemCallTable.TryFind(name, out _), Is.False);

    [Test]
    public void The_numbers_are_those_of_the_kernels_header()
    {
        string? header = s_headers.FirstOrDefault(File.Exists);
        Needs.File(header ?? s_headers[0]);

        (string Name, int Number)[] calls = [.. File.ReadLines(header!) // the line above throws otherwise
            .Select(line => Definition().Match(line))
            .Where(match => match.Success)
            .Select(match => (match.Groups[1].Value, int.Parse(match.Groups[2].Value)))];

        // A newer header has more, and an older one less.
        Assert.That(calls, Has.Length.GreaterThan(300));
        foreach ((string name, int number) in calls.Where(call => call.Number <= SystemCallTable.Highest))
        {
            Assert.That(SystemCallTable.NameOf(number), Is.EqualTo(name), $"{number}");
        }
    }

    [Test]
    public void The_members_of_a_group_are_system_calls_and_each_is_there_once()
    {
        Assert.That(SystemCallGroups.Names, Is.Unique.And.Ordered.And.All.StartsWith("@"));
        foreach (string group in SystemCallGroups.Names)
        {
            Assert.That(SystemCallGroups.TryFind(group, out IReadOnlyList<string> calls), Is.True);
            Assert.That(calls, Is.Unique.And.Not.Empty, group);
            Assert.That(calls, Is.SubsetOf(SystemCallTable.Names), group);
        }
    }

    [Test]
    public void A_group_of_groups_has_their_members()
    {
        Assert.That(SystemCallGroups.TryFind("@privileged", out IReadOnlyList<string> calls), Is.True);
        Assert.That(calls, Does.Contain("fchownat").And.Contain("swapon").And.Contain("bpf").And.None.StartsWith("@"));
    }

    [TestCase("debug")]
    [TestCase("@Debug")]
    [TestCase("@known")]
    public void Another_group_is_not_found(string name)
    {
        Assert.That(SystemCallGroups.TryFind(name, out IReadOnlyList<string> calls), Is.False);
        Assert.That(calls, Is.Empty);
    }

    [GeneratedRegex(@"^#define __NR_(\w+) (\d+)$")]
    private static partial Regex Definition();
}
