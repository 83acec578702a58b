namespace SuperD.Linux;

/// <summary>The descriptors an earlier image of this process has kept open for this one; see <see cref="ProcessImage.Replace"/>.</summary>
/// <remarks>Loop only.</remarks>
public sealed class InheritedDescriptors
{
    private readonly HashSet<int> _left = [];

    /// <summary>Makes them close-on-exec, as all of superd's are: nothing is launched before that.</summary>
    /// <param name="numbers">A number that is not open, or is close-on-exec and was so opened by the runtime since, was not kept.</param>
    public InheritedDescriptors(IEnumerable<int> numbers)
    {
        foreach (int number in numbers)
        {
            int flags = number > 2 ? LibC.fcntl(number, LibC.F_GETFD, 0) : -1;
            if (flags >= 0 && (flags & LibC.FD_CLOEXEC) == 0)
            {
                _ = LibC.fcntl(number, LibC.F_SETFD, LibC.FD_CLOEXEC);
                _left.Add(number);
            }
        }
    }

    /// <summary>The descriptor of a number, now the caller's; null when it was not kept, or is somebody's already.</summary>
    public Fd? Take(int? number) => number is { } there && _left.Remove(there) ? new Fd(there) : null;

    /// <summary>Closes those nobody has taken.</summary>
    /// <returns>How many there were.</returns>
    public int CloseRest()
    {
        int count = _left.Count;
        foreach (int number in _left)
        {
            _ = LibC.close(number);
        }

        _left.Clear();
        return count;
    }
}
