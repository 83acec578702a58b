namespace SuperD.Linux;

/// <summary>This processor's code for the places where no managed code can run; empty on a processor that superd does not know.</summary>
internal static class MachineCode
{
    /// <summary>What runs between clone and execve: walks an array of system calls (<see cref="LaunchStep"/>).</summary>
    /// <remarks>
    /// The child shares this process's memory and has none of its threads. It keeps its position in the record (<see
    /// cref="LaunchRecord"/>). A step that fails stores its -errno there and exits with 127; the last step is execve, which does not
    /// return. The routine never touches the stack.
    /// </remarks>
    internal static ReadOnlySpan<byte> Launch => Processor.Choose(X64Code.Launch, Arm64Code.Launch, []);

    /// <summary>A signal handler that sends its signal to one thread, see <see cref="HeldSignals"/>.</summary>
    internal static ReadOnlySpan<byte> Forward => Processor.Choose(X64Code.Forward, Arm64Code.Forward, []);

    /// <summary>A signal handler that writes its signal to a pipe, see <see cref="SignalPipe"/>.</summary>
    internal static ReadOnlySpan<byte> Tell => Processor.Choose(X64Code.Tell, Arm64Code.Tell, []);
}
