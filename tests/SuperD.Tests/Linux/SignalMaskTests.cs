using System.Globalization;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Linux;

/// <summary>Signal masks and actions set by raw system calls, checked against what the kernel reports about this process.</summary>
public sealed unsafe class SignalMaskTests
{
    private const int SIGUSR2 = 12;
    private const int SIGSEGV = 11;

    [Test]
    public void Exchange_sets_the_mask_of_this_thread_and_returns_the_one_before() => OnThread(() =>
    {
        ulong before = SignalMask.Exchange(Bit(SIGUSR2));
        Assert.That(Field("SigBlk"), Is.EqualTo(Bit(SIGUSR2)));

        Assert.That(SignalMask.Exchange(before), Is.EqualTo(Bit(SIGUSR2)));
        Assert.That(Field("SigBlk"), Is.EqualTo(before));
    });

    [Test]
    public void Every_signal_can_be_blocked_those_of_the_C_library_too() => OnThread(() =>
    {
        const int SIGSTOP = 19;
        _ = SignalMask.Exchange(ulong.MaxValue);

        Assert.That(Field("SigBlk"), Is.EqualTo(~(Bit(Signal.SIGKILL) | Bit(SIGSTOP))));

        SignalMask.Clear();
        Assert.That(Field("SigBlk"), Is.Zero);
    });

    [Test]
    public void An_ignored_signal_gets_its_default_action_back()
    {
        const nint Ignore = 1;
        byte* action = stackalloc byte[LibC.KernelSigactionSize];
        new Span<byte>(action, LibC.KernelSigactionSize).Clear();
        *(nint*)action = Ignore;
        _ = LibC.syscall((nint)SystemCallNumber.RtSigaction, SIGUSR2, (nint)action, 0, LibC.KernelSignalSetSize, 0);
        Assert.That(Field("SigIgn") & Bit(SIGUSR2), Is.Not.Zero, "ignored first");

        SignalMask.RestoreDefaultAction(SIGUSR2);

        Assert.That(Field("SigIgn") & Bit(SIGUSR2), Is.Zero);
    }

    [Test]
    public void A_signal_that_is_handled_stays_handled()
    {
        Assert.That(Field("SigCgt") & Bit(SIGSEGV), Is.Not.Zero, "the runtime handles it: null references");

        SignalMask.RestoreDefaultAction(SIGSEGV);

        Assert.That(Field("SigCgt") & Bit(SIGSEGV), Is.Not.Zero);
    }

    private static ulong Bit(int signal) => 1UL << (signal - 1);

    private static ulong Field(string name)
    {
        string line = File.ReadLines("/proc/thread-self/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return ulong.Parse(line.AsSpan(name.Length + 1).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }

    /// <summary>Runs on a separate thread, so that no other test inherits the mask.</summary>
    private static void OnThread(Action action) => new HelperThreads(action).Join();
}
