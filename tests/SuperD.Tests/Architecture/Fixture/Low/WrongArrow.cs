using SuperD.Tests.Architecture.Fixture.High;

namespace SuperD.Tests.Architecture.Fixture.Low;

/// <summary>THE MISTAKE on purpose: uses what is above it, and hides that in a lambda.</summary>
internal static class WrongArrow
{
    public static readonly Func<int> Depth = () => Above.Depth;
}
