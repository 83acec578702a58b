namespace SuperD.Services;

/// <summary>How many there are of how many there may be, as log lines show it: <c>3/40</c>, or <c>3</c> where there is no limit.</summary>
/// <param name="Limit">Null = unlimited.</param>
internal readonly record struct Occupancy(int Count, int? Limit)
{
    public override string ToString() => Limit is { } limit ? $"{Count}/{limit}" : Count.ToString();
}
