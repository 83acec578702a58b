using NUnit.Framework;
using SuperD.Tests.Configuration;
using SuperD.Tests.Support;

namespace SuperD.Tests.Docs;

/// <summary>Every TOML block in the documentation passes <c>superd check</c> without a warning.</summary>
/// <remarks>
/// A block that begins with the comment <c># superd.toml</c> or <c># services.d/NAME.toml</c> is that file. A block with the word fragment
/// after the language (<c>```toml fragment</c>) holds lines of a service file; the test adds an address and a program if they are missing.
/// </remarks>
public sealed class TomlExampleTests
{
    private const string Fragment = "fragment", ServerFile = "superd.toml", ServicesFolder = "services.d/";

    private static IEnumerable<FencedBlock> Blocks =>
        DocumentationPage.All.SelectMany(page => page.Blocks).Where(block => block.Language == "toml");

    [TestCaseSource(nameof(Blocks))]
    public void Superd_check_accepts_the_example(object example)
    {
        var block = (FencedBlock)example;
        string file = block.Mark == Fragment ? ServicesFolder + "han.toml" : block.Lines[0].TrimStart('#', ' ');
        Assert.That(file == ServerFile || file.StartsWith(ServicesFolder, StringComparison.Ordinal), Is.True,
            "mark it: ```toml fragment, or a first line # services.d/NAME.toml or # superd.toml");

        using ConfigurationFiles files = new();
        MakeSurroundings(files.Directory);
        files.Directory.Write(file, block.Mark == Fragment ? Completed(block) : block.Text);

        Assert.That(files.Problems(), Is.Empty);
    }

    [Test]
    public void There_are_examples_of_all_three_kinds() => Assert.That(
        Blocks.Select(block => block.Mark == Fragment ? Fragment : block.Lines[0].Split('/')[0]).Distinct(),
        Is.EquivalentTo(new[] { Fragment, "# superd.toml", "# services.d" }));

    private static string Completed(FencedBlock block)
    {
        string[] keys = [.. block.Lines.Select(line => line.Split(' ', '=')[0])];
        string address = keys.Contains("listen") ? "" : "listen = 9003\n";
        string program = keys.Intersect(["exec", "builtin", "redirect", "sensor"]).Any() ? "" : "exec = \"/bin/cat\"\n";
        return block.Text + address + program;
    }

    /// <summary>Creates the files that the examples refer to.</summary>
    private static void MakeSurroundings(TempDir directory)
    {
        directory.Write("greet", "#!/bin/sh\n", "755");
        directory.Write("src/handlers/han", "#!/bin/sh\n", "755");
        directory.Write("services.d/guests.txt", "192.0.2.0/24\n");
        directory.Write("services.d/another.toml", "listen = 0\nexec = \"/bin/cat\"\n");
        directory.Write("services.d/han.toml", "listen = 0\nexec = \"/bin/cat\"\n");
    }
}
