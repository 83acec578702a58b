using System.Globalization;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Linux;

/// <summary>The machine code for each processor: what its listings assemble to, and where superd fills numbers in.</summary>
[TestFixture(Toolchain.X64)]
[TestFixture(Toolchain.Arm64)]
public sealed class MachineCodeTests(string processor)
{
    /// <summary>What the listings have in place of the numbers that are filled in.</summary>
    private static readonly byte[] s_first = [0x11, 0x11, 0x11, 0x11], s_second = [0x22, 0x22, 0x22, 0x22];

    private readonly Toolchain _toolchain = new(processor);
    private readonly bool _isX64 = processor == Toolchain.X64;

    [Test]
    public void The_launch_is_what_its_listing_assembles_to() => AssertSame(
        _isX64 ? X64Code.LaunchListing : Arm64Code.LaunchListing, _isX64 ? X64Code.Launch : Arm64Code.Launch, restoreAt: null);

    [Test]
    public void A_signal_is_forwarded_by_what_the_listing_assembles_to()
    {
        ReadOnlySpan<byte> code = _isX64 ? X64Code.Forward : Arm64Code.Forward;

        AssertSame(_isX64 ? X64Code.ForwardListing : Arm64Code.ForwardListing, code, HeldSignals.RestoreAt);
        Assert.That(code.IndexOf(s_first), Is.EqualTo(Of(HeldSignals.ProcessAt)));
        Assert.That(code.IndexOf(s_second), Is.EqualTo(Of(HeldSignals.ThreadAt)));
    }

    [Test]
    public void A_signal_is_written_to_a_pipe_by_what_the_listing_assembles_to()
    {
        ReadOnlySpan<byte> code = _isX64 ? X64Code.Tell : Arm64Code.Tell;

        AssertSame(_isX64 ? X64Code.TellListing : Arm64Code.TellListing, code, SignalPipe.RestoreAt);
        Assert.That(code.IndexOf(s_first), Is.EqualTo(Of(SignalPipe.PipeAt)));
    }

    private int Of(ByProcessor number) => _isX64 ? number.X64 : number.Arm64;

    private void AssertSame(string listing, ReadOnlySpan<byte> code, ByProcessor? restoreAt)
    {
        using var directory = new TempDir();
        string source = directory.Write("code.s", (_isX64 ? ".intel_syntax noprefix\n" : "") + listing);

        Assert.That(code.ToArray(), Is.EqualTo(_toolchain.Compile(directory, source, ".text")));
        if (restoreAt is { } label)
        {
            string[] symbols = _toolchain.Run("nm", directory["object"]).Split('\n');
            Assert.That(symbols, Does.Contain(Of(label).ToString("x16", CultureInfo.InvariantCulture) + " t restore"));
        }
    }
}
