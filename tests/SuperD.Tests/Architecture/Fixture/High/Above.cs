using SuperD.Tests.Architecture.Fixture.Low;

namespace SuperD.Tests.Architecture.Fixture.High;

/// <summary>Uses a lower folder, which is allowed.</summary>
internal static class Above
{
    public static int Depth => Below.Depth - 1;
}
