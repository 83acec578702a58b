using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>The processors that superd has machine code and numbers for. The one place that asks which one this is.</summary>
/// <remarks>
/// What differs: the code that runs where no managed code can (<see cref="X64Code"/>, <see cref="Arm64Code"/>), the table of system calls
/// (<see cref="SystemCallTable"/>), and a few numbers (<see cref="ByProcessor"/>).
/// </remarks>
internal static class Processor
{
    /// <summary>Null when superd can launch on a processor, otherwise what is missing and what to do.</summary>
    internal static string? FindObstacle(Architecture processor) => processor is Architecture.X64 or Architecture.Arm64
        ? null
        : $"superd launches handlers on x86-64 and arm64 only, and this processor is {processor}; run it on one of these";

    /// <summary>What belongs to this processor. The compiler knows the architecture, so the choice costs nothing.</summary>
    /// <param name="other">For a processor that superd does not know: it launches nothing there, but checks and imports files.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T Choose<T>(T x64, T arm64, T other)
        where T : allows ref struct => RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => x64,
            Architecture.Arm64 => arm64,
            _ => other,
        };
}
