using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests;

/// <summary>Setup and teardown of the whole run.</summary>
[SetUpFixture]
public sealed class WholeRun
{
    /// <summary>More than all tests that run at once ever need.</summary>
    private const int Threads = 512;

    /// <remarks>
    /// Some tests block threads of the pool (Parallel.For, Task.Run). The pool begins with one thread per processor and adds only one
    /// or two a second.
    /// </remarks>
    [OneTimeSetUp]
    public void HaveThreads() => Assert.That(ThreadPool.SetMinThreads(Threads, Threads));

    [OneTimeTearDown]
    public void RemoveTheDirectory() => TestRun.End();
}
