using NUnit.Framework;

namespace SuperD.Tests.Support;

/// <summary>What a test needs of the machine. A laptop without it skips the test; in CI that is a failure, or nobody would notice.</summary>
internal static class Needs
{
    /// <summary>A program on the PATH; its absolute path.</summary>
    public static string Program(string name)
    {
        string[] folders = Environment.GetEnvironmentVariable("PATH")?.Split(':') ?? [];
        string? path = folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        Be(path is not null, $"{name} on the PATH");
        return path!; // or the line before has thrown
    }

    /// <summary>The super-user: other users, negative nice values, a new root directory.</summary>
    public static void Root() => Be(NativeMethods.EffectiveUserId() == 0, "root");

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
