using SuperD.Tests.Architecture.Fixture.High;

namespace SuperD.Tests.Architecture.Fixture.Low;

/// <summary>A deliberate violation: uses a higher folder, from within a lambda.</summary>
internal static class WrongArrow
{
    public static readonly Func<int> Depth = () => Above.Depth;
}
