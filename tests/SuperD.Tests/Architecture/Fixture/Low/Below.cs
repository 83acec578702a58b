namespace SuperD.Tests.Architecture.Fixture.Low;

/// <summary>Uses nothing.</summary>
internal static class Below
{
    public static int Depth => Environment.ProcessorCount;
}
