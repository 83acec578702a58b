using SuperD.Linux;

namespace SuperD.Listening;

/// <summary>Why an address cannot be bound.</summary>
/// <param name="Text">What prevents it, and what to do.</param>
/// <param name="IsInUse">Whether somebody else has the address; see <see cref="AddressHolder"/>.</param>
internal sealed record BindProblem(string Text, bool IsInUse = false)
{
    /// <summary>The problem of a system call that failed.</summary>
    public static BindProblem Of(SysResult result) => new(Errno.Describe(result.Errno), result.Errno == Errno.EADDRINUSE);

    /// <summary>Adds who has the address.</summary>
    public BindProblem By(AddressHolder? holder) => holder is null ? this : this with { Text = $"{Text}: {holder}" };
}
