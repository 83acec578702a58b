using System.Globalization;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Linux.Sandbox;

/// <summary>The names and numbers of system calls, and their groups.</summary>
public sealed partial class SystemCallTableTests
{
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
        Assert.That(SystemCallTable.ByNumber(SystemCallTable.NamesOfArm64)[221], Is.EqualTo("execve"));
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

    [TestCase(Toolchain.X64, SystemCallTable.NamesOfX64)]
    [TestCase(Toolchain.Arm64, SystemCallTable.NamesOfArm64)]
    public void The_numbers_are_those_of_the_kernels_header(string processor, string names)
    {
        string?[] table = SystemCallTable.ByNumber(names);
        string macros = new Toolchain(processor).Run("gcc", "-dM", "-E", "-x", "c", "-include", "asm/unistd.h", "/dev/null");

        // A number, or for calls that 32-bit processors have two of: "#define __NR_mmap __NR3264_mmap".
        Dictionary<string, string> values = Definition().Matches(macros)
            .ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
        Dictionary<string, int> calls = values
            .Where(value => value.Key.StartsWith("__NR_", StringComparison.Ordinal))
            .Select(value => (Name: value.Key["__NR_".Length..], Number: values.GetValueOrDefault(value.Value, value.Value)))
            .Where(call => call.Name is not ("syscalls" or "arch_specific_syscall")) // their count, and where others begin
            .ToDictionary(call => call.Name, call => int.Parse(call.Number, CultureInfo.InvariantCulture));

        // A newer header has more, and an older one less.
        Assert.That(calls, Has.Count.GreaterThan(300));
        foreach ((string name, int number) in calls.Where(call => call.Value < table.Length))
        {
            Assert.That(table[number], Is.EqualTo(name), $"{number}");
        }

        Assert.That(table.OfType<string>(), Is.Unique);
    }

    [Test]
    public void Each_member_of_a_group_is_a_call_of_some_processor()
    {
        Assert.That(SystemCallGroups.AllMembers.Where(name => !SystemCallTable.IsKnown(name)), Is.Empty);
        Assert.That(SystemCallTable.IsKnown("opne"), Is.False);
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

    [GeneratedRegex(@"^#define (__NR\w+) (\w+)$", RegexOptions.Multiline)]
    private static partial Regex Definition();
}
