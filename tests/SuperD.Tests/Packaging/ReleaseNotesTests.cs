using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Packaging;

/// <summary>CHANGES.md, of which the packages make their changelog.</summary>
public sealed class ReleaseNotesTests
{
    private const int MostColumns = 76; // a changelog of Debian has 80, and indents

    private static readonly string[] s_lines = File.ReadAllLines(Repository.PathOf("src/packaging/CHANGES.md"));

    [Test]
    public void They_begin_with_the_version_that_superd_has()
    {
        using var directory = new TempDir();
        string version = SuperdProgram.Run(directory.Path, "--version").StandardOutput.Trim().Replace("superd ", "");

        Assert.That(s_lines.First(line => line.StartsWith("## ", StringComparison.Ordinal)), Is.EqualTo($"## {version}"));
    }

    [Test]
    public void Their_lines_fit_a_changelog() => Assert.That(s_lines.Where(line => line.Length > MostColumns), Is.Empty);
}
