using System.Collections.Immutable;

namespace SuperD.Linux;

/// <summary>A test of one argument: the verdict <paramref name="Then"/> applies when it holds.</summary>
/// <remarks>Only the lower half of an argument: all tested ones have 32 bits, and the kernel ignores the rest of the register.</remarks>
/// <param name="Argument">0 to 5.</param>
/// <param name="Mask">The bits that are looked at.</param>
/// <param name="Value">What they must be; null = any of them must be set.</param>
internal readonly record struct ArgumentTest(int Argument, uint Mask, uint? Value, SystemCallVerdict Then)
{
    internal bool Holds(ReadOnlySpan<ulong> arguments)
    {
        uint masked = (uint)arguments[Argument] & Mask;
        return Value is { } value ? masked == value : masked != 0;
    }
}

/// <summary>The verdict on one call by its arguments: that of the first test that holds, otherwise a common one.</summary>
internal sealed class SystemCallRule(SystemCallVerdict otherwise, params ImmutableArray<ArgumentTest> tests)
{
    internal static readonly SystemCallRule Allow = new(SystemCallVerdict.Allow);
    internal static readonly SystemCallRule NotPermitted = Refuse(Errno.EPERM);
    internal static readonly SystemCallRule Missing = Refuse(Errno.ENOSYS);

    internal SystemCallVerdict Otherwise { get; } = otherwise;

    internal ImmutableArray<ArgumentTest> Tests { get; } = tests;

    internal bool RefusesAlways => Tests.IsEmpty && Otherwise.Action != SystemCallAction.Allow;

    internal static SystemCallRule Refuse(int errno) => new(SystemCallVerdict.Refuse(errno));

    internal SystemCallVerdict VerdictOn(ReadOnlySpan<ulong> arguments)
    {
        foreach (ArgumentTest test in Tests)
        {
            if (test.Holds(arguments))
            {
                return test.Then;
            }
        }

        return Otherwise;
    }
}
