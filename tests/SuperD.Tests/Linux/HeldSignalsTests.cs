using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Linux;

/// <summary>The few instructions that forward a signal to the thread that waits for it.</summary>
public sealed class HeldSignalsTests
{
    [Test]
    public void The_bytes_are_what_the_listing_assembles_to()
    {
        Needs.Program("as");
        Needs.Program("objcopy");
        using var directory = new TempDir();
        string source = directory.Write("forward.s", ".intel_syntax noprefix\n" + HeldSignals.Listing);

        Tool.Run("as", "--64", "-o", directory["forward.o"], source);
        Tool.Run("objcopy", "-O", "binary", "-j", ".text", directory["forward.o"], directory["forward.bin"]);

        Assert.That(HeldSignals.Code.ToArray(), Is.EqualTo(File.ReadAllBytes(directory["forward.bin"])));
    }
}
