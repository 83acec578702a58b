using System.Net.NetworkInformation;
using NUnit.Framework;

namespace SuperD.Tests.Support;

/// <summary>
/// What a test needs of the machine. A laptop without it skips the test; in CI that is a failure, or nobody would notice.
/// </summary>
internal static class Needs
{
    /// <summary>A program on the PATH; its absolute path.</summary>
    public static string Program(string name)
    {
        string[] folders = Environment.GetEnvironmentVariable("PATH")?.Split(':') ?? [];
        string? path = folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(System.IO.File.Exists);
        Be(path is not null, $"{name} on the PATH");
        return path!; // or the line before has thrown
    }

    /// <summary>The super-user: other users, negative nice values, a new root directory.</summary>
    public static void Root() => Be(NativeMethods.EffectiveUserId() == 0, "root");

    /// <summary>A file: <c>/bin/busybox</c>.</summary>
    public static void File(string path) => Be(System.IO.File.Exists(path), path);

    /// <summary>A cgroup v2 in which this user may make groups.</summary>
    public static void Cgroups() =>
        Be(SuperD.Linux.Cgroup.FindOwn() is { } own && SuperD.Linux.Cgroup.MayCreateIn(own), "a cgroup v2 in which groups may be made");

    /// <summary>IPv6, on the loopback interface at least.</summary>
    public static void IPv6() =>
        Be(NetworkInterface.GetAllNetworkInterfaces().Any(network => network.Supports(NetworkInterfaceComponent.IPv6)), "IPv6");

    /// <summary>Whatever a command shows by its success: <c>unshare -Ur true</c>.</summary>
    public static void Success(string program, params string[] arguments)
    {
        Program(program);
        Be(Tool.Succeeds(program, arguments), $"'{program} {string.Join(' ', arguments)}' to work");
    }

    /// <summary>A superd built with Native AOT, which takes too long to be built for a test; its path.</summary>
    public static string NativeSuperd()
    {
        string? path = Environment.GetEnvironmentVariable("SUPERD_NATIVE");
        Be(path is not null, "a native superd and its path in SUPERD_NATIVE");
        return path!; // or the line before has thrown
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
