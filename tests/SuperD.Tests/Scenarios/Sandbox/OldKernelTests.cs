using NUnit.Framework;
using SuperD.Tests.Linux.Sandbox;
using SuperD.Tests.Support;
using SuperD.Tests.Support.Machines;

namespace SuperD.Tests.Scenarios.Sandbox;

/// <summary>Sandboxes on Linux 6.1, in a virtual machine: with Landlock's ABI 2, and without Landlock.</summary>
[NonParallelizable] // the virtual machine takes a processor
public sealed class OldKernelTests
{
    private const string Truncation = "EACCES EACCES EACCES ENOSYS 0 0";

    [Test]
    public void What_its_Landlock_lacks_the_filter_denies()
    {
        string[] lines = Run("sandbox", OldKernelScripts.Sandbox, "").Split('\n');
        Assert.That(
            lines,
            Is.EqualTo(new[]
            {
                $"7301: {Truncation} 0 ECONNREFUSED",
                $"7302: {Truncation} EAFNOSUPPORT EPERM EPERM EPERM",
                $"7303: {Truncation} EAFNOSUPPORT EPERM EPERM EPERM",
                "whole",
                "note: sandboxes on this kernel (6.1.0, Landlock ABI 2): those with network = \"off\" connect to no Unix-domain socket "
                    + "either; signals and abstract Unix-domain sockets are not confined",
                "7304: 0 0 0 0 0 0 0 ECONNREFUSED",
                "cut",
                "",
            }));
    }

    [Test]
    public void Without_Landlock_a_service_with_a_sandbox_runs_only_by_best_effort()
    {
        const string Problem = "sandbox = \"basic\" cannot confine files: Landlock is switched off in this kernel (6.1.0); add landlock to "
            + "lsm= of its command line; ";
        const string OrElse = Problem + "or write sandbox_best_effort = true to run the service without";
        string[] lines = Run("nolandlock", OldKernelScripts.NoLandlock, "lsm=yama").Split('\n');
        Assert.That(lines[..2], Is.EqualTo(new[] { OrElse, "0 services, 1 error, 0 warnings" }));
        Assert.That(lines[2], Does.StartWith("error ").And.EndWith($": error: {OrElse}"));
        Assert.That(
            lines[3..],
            Is.EqualTo(new[]
            {
                Problem + "sandbox_best_effort lets the service run without",
                "1 service, 0 errors, 1 warning",
                "runs: EACCES EPERM",
                "held by          user nobody, sandbox basic, network, cgroup, not kept by this kernel: files",
                "",
            }));
    }

    private static string Run(string name, string script, string kernelOptions)
    {
        using var directory = new TempDir();
        var machine = new VirtualMachine();
        machine.AddProgram("bin/probe", SandboxProbe.Compile(directory, machine.Toolchain));
        machine.Add(name, script);
        return machine.Run(kernelOptions)[name];
    }
}
