namespace SuperD.Linux;

/// <summary>What became of a launch: a running child, or the step that failed and its errno.</summary>
/// <param name="Pid">The child's pid; 0 when the launch failed (then nothing of it is left, not even a zombie).</param>
/// <param name="Pidfd">The child's pidfd, owned by the receiver: readable when the child has ended. Null when the launch failed.</param>
/// <param name="FailedStep">The step's name: <c>clone</c>, <c>setgid(1234)</c>, <c>execve</c>. Null when it succeeded.</param>
/// <param name="Errno">Why it failed; 0 when it did not.</param>
public readonly record struct LaunchResult(int Pid, Fd? Pidfd, string? FailedStep, int Errno)
{
    internal static LaunchResult Failed(string step, int errno) => new(0, null, step, errno);
}
