using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Linux;

/// <summary>The few instructions that a signal runs.</summary>
public sealed class SignalCodeTests
{
    private static IEnumerable<TestCaseData> Codes =>
    [
        new TestCaseData(HeldSignals.Listing, HeldSignals.Code.ToArray()).SetArgDisplayNames("forwards it to the thread that waits"),
        new TestCaseData(SignalPipe.Listing, SignalPipe.Code.ToArray()).SetArgDisplayNames("writes it to a pipe"),
    ];

    [TestCaseSource(nameof(Codes))]
    public void The_bytes_are_what_the_listing_assembles_to(string listing, byte[] code)
    {
        Needs.Program("as");
        Needs.Program("objcopy");
        using var directory = new TempDir();
        string source = directory.Write("signal.s", ".intel_syntax noprefix\n" + listing);

        Tool.Run("as", "--64", "-o", directory["signal.o"], source);
        Tool.Run("objcopy", "-O", "binary", "-j", ".text", directory["signal.o"], directory["signal.bin"]);

        Assert.That(code, Is.EqualTo(File.ReadAllBytes(directory["signal.bin"])));
    }
}
