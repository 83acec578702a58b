using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Linux.Sandbox;

/// <summary>Tests that launch the probe in a sandbox: it is compiled once, and each test has a directory.</summary>
public abstract class SandboxProbeTests
{
    private protected SandboxProbe Probe { get; private set; } = null!; // set up

    private protected TempDir Scratch { get; private set; } = null!; // set up

    [OneTimeSetUp]
    public void Compile() => Probe = new SandboxProbe();

    [OneTimeTearDown]
    public void Remove() => Probe.Dispose();

    [SetUp]
    public void MakeDirectory() => Scratch = new TempDir();

    [TearDown]
    public void DeleteDirectory() => Scratch.Dispose();
}
