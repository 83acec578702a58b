using SuperD.Linux;

namespace SuperD.Tests.Linux.Sandbox;

/// <summary>Runs a filter as the kernel does, on one call.</summary>
internal static class FilterInterpreter
{
    /// <summary>A call as a filter sees it: struct seccomp_data.</summary>
    internal readonly record struct Call(int Number, uint Architecture, ulong[] Arguments);

    /// <summary>The value that the program returns, and after how many steps.</summary>
    internal static (uint Value, int Steps) Run(IReadOnlyList<ulong> program, Call call)
    {
        uint accumulator = 0;
        int steps = 0;
        for (int next = 0; ;)
        {
            ulong instruction = program[next++];
            steps++;
            (ushort code, byte isSo, byte otherwise, uint value) =
                ((ushort)instruction, (byte)(instruction >> 16), (byte)(instruction >> 24), (uint)(instruction >> 32));
            switch (code)
            {
                case FilterProgram.LoadCode:
                    accumulator = Load(call, (int)value);
                    break;
                case FilterProgram.AndCode:
                    accumulator &= value;
                    break;
                case FilterProgram.JumpCode:
                    next += (int)value;
                    break;
                case FilterProgram.IfEqualCode:
                    next += accumulator == value ? isSo : otherwise;
                    break;
                case FilterProgram.IfAtLeastCode:
                    next += accumulator >= value ? isSo : otherwise;
                    break;
                case FilterProgram.IfAnyCode:
                    next += (accumulator & value) != 0 ? isSo : otherwise;
                    break;
                case FilterProgram.ReturnCode:
                    return (value, steps);
                default:
                    throw new InvalidOperationException($"instruction {next - 1} has the unknown code {code:x}");
            }
        }
    }

    private static uint Load(Call call, int offset) => offset switch
    {
        0 => (uint)call.Number,
        4 => call.Architecture,
        _ when offset >= 16 && offset < 64 && offset % 4 == 0 => (uint)(call.Arguments[(offset - 16) / 8] >> (offset % 8 * 8)),
        _ => throw new InvalidOperationException($"a load at {offset}"),
    };
}
