using System.Collections.Immutable;

namespace SuperD.Linux;

/// <summary>Assembles a program of classic BPF from its last instruction to its first.</summary>
/// <remarks>
/// Jumps only go forward, so every target is known when an instruction is added. A label is the number of instructions from its own to
/// the end, which stays the same. A conditional jump reaches 255 instructions; a farther target gets an unconditional one between.
/// </remarks>
internal sealed class FilterProgram
{
    internal const ushort LoadCode = 0x20; // BPF_LD | BPF_W | BPF_ABS
    internal const ushort AndCode = 0x54; // BPF_ALU | BPF_AND | BPF_K
    internal const ushort JumpCode = 0x05; // BPF_JMP | BPF_JA
    internal const ushort IfEqualCode = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    internal const ushort IfAtLeastCode = 0x35; // BPF_JMP | BPF_JGE | BPF_K
    internal const ushort IfAnyCode = 0x45; // BPF_JMP | BPF_JSET | BPF_K
    internal const ushort ReturnCode = 0x06; // BPF_RET | BPF_K

    private const int Reach = byte.MaxValue;

    private readonly List<ulong> _backward = [];
    private readonly Dictionary<uint, int> _returns = [];

    /// <summary>The label of the instruction that was added last.</summary>
    private int Top => _backward.Count;

    /// <summary>The program in its order.</summary>
    internal ImmutableArray<ulong> ToImmutable() => [.. Enumerable.Reverse(_backward)];

    /// <summary>Returns a value: one instruction for all who return it and are near enough.</summary>
    internal int Return(uint value)
    {
        if (!_returns.TryGetValue(value, out int label) || Top - label >= Reach)
        {
            _returns[value] = label = Add(ReturnCode, value);
        }

        return label;
    }

    /// <summary>Loads a word of struct seccomp_data.</summary>
    internal int Load(int offset, int next) => Then(LoadCode, (uint)offset, next);

    /// <summary>Keeps these bits of what was loaded.</summary>
    internal int And(uint mask, int next) => Then(AndCode, mask, next);

    /// <summary>Compares what was loaded.</summary>
    internal int If(ushort code, uint value, int isSo, int otherwise)
    {
        otherwise = Near(otherwise, Reach - 1); // the next line may add an instruction
        isSo = Near(isSo, Reach);
        return Add(code, value, checked((byte)(Top - isSo)), checked((byte)(Top - otherwise)));
    }

    private int Then(ushort code, uint value, int next)
    {
        _ = Near(next, 0);
        return Add(code, value);
    }

    /// <summary>A label within reach of the next instruction to be added, from which the program gets to the target.</summary>
    private int Near(int target, int reach) => Top - target <= reach ? target : Add(JumpCode, (uint)(Top - target));

    private int Add(ushort code, uint value, byte isSo = 0, byte otherwise = 0)
    {
        _backward.Add(code | ((ulong)isSo << 16) | ((ulong)otherwise << 24) | ((ulong)value << 32)); // struct sock_filter
        return Top;
    }
}
