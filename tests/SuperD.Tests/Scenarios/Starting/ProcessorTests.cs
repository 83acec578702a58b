using NUnit.Framework;
using SuperD.Tests.Linux.Sandbox;
using SuperD.Tests.Support;
using SuperD.Tests.Support.Machines;

namespace SuperD.Tests.Scenarios.Starting;

/// <summary>What superd does with a processor's machine code, system calls and numbers, in a virtual machine of that processor.</summary>
/// <remarks>The processor is that of SUPERD_VM_KERNEL. On the machine's own, the other tests show all this and more.</remarks>
[Explicit("src/packaging/test-arm64 runs it")]
[NonParallelizable] // the virtual machine takes a processor for a minute
public sealed class ProcessorTests
{
    private Dictionary<string, string> _outputs = null!; // set before the first test

    [OneTimeSetUp]
    public void RunMachine()
    {
        using var directory = new TempDir();
        var machine = new VirtualMachine();
        machine.AddProgram("bin/probe", SandboxProbe.Compile(directory, machine.Toolchain));
        machine.Add("launch", ProcessorScripts.Launch);
        machine.Add("sandboxes", ProcessorScripts.Sandboxes);
        machine.Add("signals", ProcessorScripts.Signals);
        _outputs = machine.Run();
    }

    [Test]
    public void A_handler_has_its_attributes_a_failed_step_is_named_and_no_process_outlives_its_time() => Assert.That(
        _outputs["launch"],
        Does.Match(
            "^127.0.0.1 65534:65534 /srv 0027 77 300 5\n"
            + "end plain conn=1 .* exit=0 duration_ms=.* cpu_ms=.*\n"
            + @"chdir\(/srv/gone\) error=""No such file or directory \(errno 2\)"".*\n"
            + "end stubborn .* signal=KILL .*reason=run_timeout.*\n$"));

    [Test]
    public void Sandboxes_of_each_kind_hold_and_a_refusal_is_explained() => Assert.That(
        _outputs["sandboxes"],
        Is.EqualTo("""
            basic: 0 EACCES EACCES 0 0 0 0 ENOSYS EPERM
            strict: 0 EACCES EACCES 0 0 0 0 ENOSYS EPERM
            jail: 0 EACCES EACCES 0 0 0 0 ENOSYS EPERM
            dynamic: 0 EACCES EACCES EACCES 0 0 0 ENOSYS EPERM
            corrected: 0 EACCES EACCES EPERM 0 0 0 ENOSYS 0
            ptrace: syscalls = ["+ptrace"]

            """));

    [Test]
    public void Signals_reload_upgrade_and_end_it() => Assert.That(
        _outputs["signals"],
        Does.Match(
            "^before\nreloaded: hello\nafter\nupgraded: hello\nend cat conn=1 .* bytes_in=13 bytes_out=13 .*\nstop superd exit=0\n$"));
}
