namespace SuperD.Reaping;

/// <summary>An amount that is used up and refills steadily. It may be overdrawn: the debt refills first. Loop only.</summary>
/// <param name="most">What it holds at first, and after a rest.</param>
internal sealed class Allowance(long most, long perSecond)
{
    private double _left = most;
    private long? _atMs;

    /// <summary>Whether anything is left.</summary>
    public bool HasAny(long nowMs)
    {
        _left = Math.Min(most, _left + ((nowMs - (_atMs ?? nowMs)) * (double)perSecond / 1000));
        _atMs = nowMs;
        return _left > 0;
    }

    /// <summary>Uses some of it, or gives it back.</summary>
    public void Take(long amount) => _left -= amount;

    /// <summary>How long until something is left again.</summary>
    public TimeSpan UntilAny => TimeSpan.FromSeconds(Math.Max(0, -_left) / perSecond);
}
