using SuperD.Tests.Architecture.Fixture.Low;

namespace SuperD.Tests.Architecture.Fixture.High;

/// <summary>Uses what is below it, as it may.</summary>
internal static class Above
{
    public static int Depth => Below.Depth - 1;
}
