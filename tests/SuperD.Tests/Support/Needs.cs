using System.Net.NetworkInformation;
using NUnit.Framework;

namespace SuperD.Tests.Support;

/// <summary>What a test needs from the machine. A laptop without it skips the test; CI fails instead, so that the gap is noticed.</summary>
internal static class Needs
{
    /// <summary>A program on the PATH; returns its absolute path.</summary>
    public static string Program(string name)
    {
        string[] folders = Environment.GetEnvironmentVariable("PATH")?.Split(':') ?? [];
        string? path = folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(System.IO.File.Exists);
        Be(path is not null, $"{name} on the PATH");
        return path!; // the line above throws otherwise
    }

    /// <summary>Root: for other users, negative nice values, a new root directory.</summary>
    public static void Root() => Be(NativeMethods.EffectiveUserId() == 0, "root");

    /// <summary>A file: <c>/bin/busybox</c>.</summary>
    public static void File(string path) => Be(System.IO.File.Exists(path), path);

    /// <summary>A cgroup v2 in which this user may create cgroups.</summary>
    public static void Cgroups() =>
        Be(SuperD.Linux.Cgroup.FindOwn() is { } own && SuperD.Linux.Cgroup.MayCreateIn(own), "a cgroup v2 in which groups may be made");

    /// <summary>IPv6, at least on the loopback interface.</summary>
    public static void IPv6() =>
        Be(NetworkInterface.GetAllNetworkInterfaces().Any(network => network.Supports(NetworkInterfaceComponent.IPv6)), "IPv6");

    /// <summary>A kernel whose Landlock has at least this version of its interface.</summary>
    public static void Landlock(int abi) => Be(SuperD.Linux.Landlock.Abi >= abi, $"Landlock with ABI {abi} or later");

    /// <summary>Anything that a command proves by succeeding: <c>unshare -Ur true</c>.</summary>
    public static void Success(string program, params string[] arguments)
    {
        Program(program);
        Be(Tool.Succeeds(program, arguments), $"'{program} {string.Join(' ', arguments)}' to work");
    }

    /// <summary>A superd built with Native AOT, which takes too long for a test to build; returns its path.</summary>
    public static string NativeSuperd()
    {
        string? path = Environment.GetEnvironmentVariable("SUPERD_NATIVE");
        Be(path is not null, "a native superd and its path in SUPERD_NATIVE");
        return path!; // the line above throws otherwise
    }

    /// <summary>Debian's kernel for virtual machines, a package that is only unpacked; returns the directory and the image.</summary>
    public static (string Directory, string Image) VirtualKernel()
    {
        string? directory = Environment.GetEnvironmentVariable("SUPERD_VM_KERNEL");
        string? image = directory is null ? null : Directory.EnumerateFiles(Path.Combine(directory, "boot"), "vmlinuz-*").FirstOrDefault();
        Be(image is not null, "an unpacked package linux-image-*-cloud-amd64 and its directory in SUPERD_VM_KERNEL");
        return (directory!, image!); // the line above throws otherwise
    }

    private static void Be(bool there, string what)
    {
        if (there)
        {
            return;
        }

        if (Environment.GetEnvironmentVariable("CI") == "true")
        {
            Assert.Fail($"needs {what}; .ci/run provides what the tests need");
        }

        Assert.Ignore($"needs {what}");
    }
}
