using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests;

/// <summary>After the last test of all.</summary>
[SetUpFixture]
public sealed class EndOfRun
{
    [OneTimeTearDown]
    public void RemoveTheDirectory() => TestRun.End();
}
