using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests;

/// <summary>Before the first test of all, and after the last.</summary>
[SetUpFixture]
public sealed class WholeRun
{
    /// <summary>More than the pipes of all programs that run at once.</summary>
    private const int Threads = 512;

    /// <remarks>
    /// .NET reads a program's pipe on a thread of the pool, which blocks. The pool has one thread for each processor and adds one or two a
    /// second, so on a busy machine a superd could wait for minutes until its log is read.
    /// </remarks>
    [OneTimeSetUp]
    public void HaveThreads() => Assert.That(ThreadPool.SetMinThreads(Threads, Threads));

    [OneTimeTearDown]
    public void RemoveTheDirectory() => TestRun.End();
}
