using System.Runtime.CompilerServices;
using NUnit.Framework;

namespace SuperD.Tests.Configuration.Toml;

/// <summary>The official test corpus (github.com/toml-lang/toml-test), found in the folder <c>shared</c> beside the repository.</summary>
internal static class TomlCorpus
{
    private const string ListFile = "files-toml-1.0.0";

    /// <summary>The corpus' folder <c>tests</c>; null on a machine that does not have it.</summary>
    private static readonly string? Folder = FindFolder();

    /// <summary>One test case for each TOML 1.0 file of that kind, named after it; a single case of null without the corpus.</summary>
    public static IEnumerable<TestCaseData> Cases(string kind)
    {
        if (Folder is null)
        {
            return [new TestCaseData([null]).SetArgDisplayNames("corpus not found")];
        }

        return File.ReadLines(Path.Combine(Folder, ListFile))
            .Where(line => line.StartsWith(kind + "/", StringComparison.Ordinal) && line.EndsWith(".toml", StringComparison.Ordinal))
            .Select(line => new TestCaseData(line).SetArgDisplayNames(line));
    }

    /// <summary>The bytes of a corpus file; without the corpus the test is ignored, but fails where CI promises it.</summary>
    public static byte[] Read(string? name)
    {
        if (Folder is null || name is null)
        {
            const string message = "toml-test is not in ../shared beside the repository, nor in SUPERD_SHARED";
            if (Environment.GetEnvironmentVariable("CI") == "true")
            {
                Assert.Fail(message);
            }

            Assert.Ignore(message);
        }

        return File.ReadAllBytes(Path.Combine(Folder!, name!)); // both asserted above
    }

    private static string? FindFolder([CallerFilePath] string thisFile = "")
    {
        string repository = Path.GetFullPath(Path.Combine(thisFile, "../../../../.."));
        string shared = Environment.GetEnvironmentVariable("SUPERD_SHARED") ?? Path.Combine(repository, "../shared");
        string folder = Path.Combine(shared, "toml-test/tests");
        return File.Exists(Path.Combine(folder, ListFile)) ? folder : null;
    }
}
