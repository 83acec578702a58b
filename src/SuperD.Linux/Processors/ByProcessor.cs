namespace SuperD.Linux;

/// <summary>A number that differs between the processors: of a system call, a flag, a size, or an offset in machine code.</summary>
/// <param name="Other">
/// For a processor that superd does not know: -1 is the number of no system call; flags and sizes have the kernel's asm-generic value.
/// </param>
internal readonly record struct ByProcessor(int X64, int Arm64, int Other = -1)
{
    /// <summary>The number for this processor.</summary>
    public static implicit operator int(ByProcessor number) => Processor.Choose(number.X64, number.Arm64, number.Other);
}
