using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Docs;

/// <summary>Every handler in the documentation works when a reader copies it.</summary>
public sealed class HandlerExampleTests
{
    private static IEnumerable<FencedBlock> Blocks => DocumentationPage.All.SelectMany(page => page.Blocks).Where(block => block.IsProgram);

    [TestCaseSource(nameof(Blocks))]
    public void The_handler_asks_for_a_name_and_greets(object example)
    {
        var block = (FencedBlock)example;
        Needs.Program(block.Language == "python" ? "python3" : "sh");
        using TempDir directory = new();
        directory.Write("superd.toml", "");
        directory.Write("services.d/greet.toml", "listen = 9004\nexec = \"../greet\"\n");
        directory.Write("greet", block.Text, "755");

        string reply = Tool.Run("sh", "-c", "cd \"$1\" && echo world | \"$0\" try greet", SuperdProgram.Path, directory.Path);

        Assert.That(reply, Is.EqualTo("Your name?\nHello world, you come from 127.0.0.1."));
    }

    [Test]
    public void There_are_examples_in_sh_and_Python() =>
        Assert.That(Blocks.Select(block => block.Language).Distinct(), Is.EquivalentTo(new[] { "sh", "python" }));
}
