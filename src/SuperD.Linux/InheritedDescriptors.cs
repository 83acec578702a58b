namespace SuperD.Linux;

/// <summary>The descriptors that an earlier image of this process left open for this one; see <see cref="ProcessImage.Replace"/>.</summary>
/// <remarks>Loop only.</remarks>
public sealed class InheritedDescriptors
{
    private readonly HashSet<int> _left = [];

    /// <summary>Makes them close-on-exec, like every descriptor of superd. Call before the first launch.</summary>
    /// <param name="numbers">
    /// The numbers the earlier image named. A number was not kept if it is closed, or if it is close-on-exec: then the runtime opened it.
    /// </param>
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

    /// <summary>Gives a descriptor to the caller; null when it was not kept or was already taken.</summary>
    public Fd? Take(int? number) => number is { } there && _left.Remove(there) ? new Fd(there) : null;

    /// <summary>Closes the descriptors that were not taken.</summary>
    /// <returns>How many it closed.</returns>
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
