using NUnit.Framework;

namespace SuperD.Tests;

public sealed class SmokeTests
{
    [Test]
    public void The_test_project_runs() => Assert.Pass();
}
