using System.Net.NetworkInformation;
using NUnit.Framework;

namespace SuperD.Tests.Support;

/// <summary>What a test needs of the machine. A laptop without it skips the test; in CI that is a failure, or nobody would notice.</summary>
internal static class Needs
{
    /// <summary>A program on the PATH.</summary>
    public static void Program(string name)
    {
        var folders = Environment.GetEnvironmentVariable("PATH")?.Split(':') ?? [];
        Be(folders.Any(folder => System.IO.File.Exists(Path.Combine(folder, name))), $"{name} on the PATH");
    }

    /// <summary>The super-user: other users, negative nice values, a new root directory.</summary>
    public static void Root() => Be(NativeMethods.EffectiveUserId() == 0, "root");

    /// <summary>A file: <c>/bin/busybox</c>.</summary>
    public static void File(string path) => Be(System.IO.File.Exists(path), path);

    /// <summary>IPv6, on the loopback interface at least.</summary>
    public static void IPv6() => Be(NetworkInterface.GetAllNetworkInterfaces().Any(network => network.Supports(NetworkInterfaceComponent.IPv6)), "IPv6");

    /// <summary>Whatever a command shows by its success: <c>unshare -Ur true</c>.</summary>
    public static void Success(string program, params string[] arguments)
    {
        Program(program);
        Be(Tool.Succeeds(program, arguments), $"'{program} {string.Join(' ', arguments)}' to work");
    }

    private static void Be(bool there, string what)
    {
        if (there)
        {
            return;
        }

        if (Environment.GetEnvironmentVariable("CI") == "true")
        {
            Assert.Fail($"needs {what}; .ci/run installs what the tests need");
        }

        Assert.Ignore($"needs {what}");
    }
}
