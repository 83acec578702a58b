namespace SuperD.Linux;

/// <summary>The result of a system call: a value of 0 or more, or an errno.</summary>
/// <param name="Value">The call's result; meaningless when <see cref="IsError"/>.</param>
/// <param name="Errno">0 on success; otherwise an errno(3) value, see <see cref="Linux.Errno"/>.</param>
public readonly record struct SysResult(int Value, int Errno)
{
    /// <summary>Whether the call failed.</summary>
    public bool IsError => Errno != 0;

    /// <summary>A success with a value.</summary>
    public static SysResult Ok(int value = 0) => new(value, 0);

    /// <summary>A failure; Value is -1.</summary>
    public static SysResult Error(int errno) => new(-1, errno);
}
