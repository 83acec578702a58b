namespace SuperD.Linux;

/// <summary>What a system call returned: a value of 0 or more, or an errno.</summary>
/// <param name="Value">The call's result; meaningless when <see cref="IsError"/>.</param>
/// <param name="Errno">0 when the call succeeded; else an errno(3) value, see <see cref="Linux.Errno"/>.</param>
public readonly record struct SysResult(int Value, int Errno)
{
    public bool IsError => Errno != 0;

    public static SysResult Ok(int value = 0) => new(value, 0);

    public static SysResult Error(int errno) => new(-1, errno);
}
