using NUnit.Framework;

namespace SuperD.Tests.Support;

/// <summary>What a test needs of the machine. A laptop without it skips the test; in CI that is a failure, or nobody would notice.</summary>
internal static class Needs
{
    /// <summary>A program on the PATH.</summary>
    public static void Program(string name)
    {
        var folders = Environment.GetEnvironmentVariable("PATH")?.Split(':') ?? [];
        Be(folders.Any(folder => File.Exists(Path.Combine(folder, name))), $"{name} on the PATH");
    }

    /// <summary>The super-user: other users, negative nice values, a new root directory.</summary>
    public static void Root() => Be(NativeMethods.EffectiveUserId() == 0, "root");

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
