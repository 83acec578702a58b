using System.Runtime.CompilerServices;
using NUnit.Framework;

namespace SuperD.Tests.Configuration.Toml;

/// <summary>The official test corpus (github.com/toml-lang/toml-test), in the folder <c>shared</c> beside the repository.</summary>
internal static class TomlCorpus
{
    private static readonly string[] s_lists = ["files-toml-1.0.0", "files-toml-1.1.0"];

    /// <summary>
    /// Valid only in TOML 1.1: newlines and a trailing comma in an inline table, times without seconds, two more escapes.
    /// </summary>
    private static readonly string[] s_validInToml11 =
    [
        "invalid/datetime/no-secs.toml",
        "invalid/local-datetime/no-secs.toml",
        "invalid/local-time/no-secs.toml",
        "invalid/inline-table/linebreak-01.toml",
        "invalid/inline-table/linebreak-02.toml",
        "invalid/inline-table/linebreak-03.toml",
        "invalid/inline-table/linebreak-04.toml",
        "invalid/inline-table/trailing-comma.toml",
        "invalid/string/basic-byte-escapes.toml",
    ];

    /// <summary>The corpus' folder <c>tests</c>; null on a machine without it.</summary>
    private static readonly string? s_folder = FindFolder();

    /// <summary>The files that are invalid only in TOML 1.0, as test cases.</summary>
    public static IEnumerable<TestCaseData> ValidInToml11 =>
        s_validInToml11.Select(name => new TestCaseData(name).SetArgDisplayNames(name));

    /// <summary>
    /// One test case per file of that kind in the lists of TOML 1.0 and 1.1, judged by 1.1 and
    /// named after the file; without the corpus, a single case of null.
    /// </summary>
    public static IEnumerable<TestCaseData> Cases(string kind)
    {
        if (s_folder is null)
        {
            return [new TestCaseData([null]).SetArgDisplayNames("corpus not found")];
        }

        return s_lists.SelectMany(list => File.ReadLines(Path.Combine(s_folder, list)))
            .Distinct()
            .Except(s_validInToml11)
            .Where(line => line.StartsWith(kind + "/", StringComparison.Ordinal) && line.EndsWith(".toml", StringComparison.Ordinal))
            .Select(line => new TestCaseData(line).SetArgDisplayNames(line));
    }

    /// <summary>One test case per folder of files of that kind, with their names.</summary>
    public static IEnumerable<TestCaseData> Folders(string kind) => Cases(kind)
        .Select(test => (string?)test.Arguments[0])
        .GroupBy(Path.GetDirectoryName)
        .Select(folder => new TestCaseData([folder.ToArray()]).SetArgDisplayNames(folder.Key ?? "corpus not found"));

    /// <summary>The bytes of a corpus file. Without the corpus the test is ignored, or fails in CI.</summary>
    public static byte[] Read(string? name)
    {
        if (s_folder is null || name is null)
        {
            const string message = "toml-test is not in ../shared beside the repository, nor in SUPERD_SHARED";
            if (Environment.GetEnvironmentVariable("CI") == "true")
            {
                Assert.Fail(message);
            }

            Assert.Ignore(message);
        }

        return File.ReadAllBytes(Path.Combine(s_folder!, name!)); // both asserted above
    }

    private static string? FindFolder([CallerFilePath] string thisFile = "")
    {
        string repository = Path.GetFullPath(Path.Combine(thisFile, "../../../../.."));
        string shared = Environment.GetEnvironmentVariable("SUPERD_SHARED") ?? Path.Combine(repository, "../shared");
        string folder = Path.Combine(shared, "toml-test/tests");
        return File.Exists(Path.Combine(folder, s_lists[0])) ? folder : null;
    }
}
