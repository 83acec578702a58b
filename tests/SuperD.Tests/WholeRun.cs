using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests;

/// <summary>Before the first test of all, and after the last.</summary>
[SetUpFixture]
public sealed class WholeRun
{
    /// <summary>More than all tests that run at once ever need.</summary>
    private const int Threads = 512;

    /// <remarks>
    /// The pool has one thread for each processor and adds one or two a second. On a busy machine what continues there, such as the reading
    /// of superd's log, could wait for minutes.
    /// </remarks>
    [OneTimeSetUp]
    public void HaveThreads() => Assert.That(ThreadPool.SetMinThreads(Threads, Threads));

    [OneTimeTearDown]
    public void RemoveTheDirectory() => TestRun.End();
}
