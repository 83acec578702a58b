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
    /// The thread pool starts with one thread per processor and adds one or two a second. On a busy machine, a continuation such as the one
    /// that sees a program's end could wait for minutes.
    /// </remarks>
    [OneTimeSetUp]
    public void HaveThreads() => Assert.That(ThreadPool.SetMinThreads(Threads, Threads));

    [OneTimeTearDown]
    public void RemoveTheDirectory() => TestRun.End();
}
