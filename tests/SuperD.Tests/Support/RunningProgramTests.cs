using NUnit.Framework;

namespace SuperD.Tests.Support;

/// <summary>The guarantees about started programs that the other tests rely on.</summary>
public sealed class RunningProgramTests
{
    private const string DeathSignal = """
        import ctypes
        signal = ctypes.c_int()
        ctypes.CDLL(None).prctl(2, ctypes.byref(signal)) # PR_GET_PDEATHSIG
        print(signal.value)
        """;

    [TestCase("KILL", 9)]
    [TestCase("QUIT", 3)]
    public void It_gets_a_signal_when_the_tests_are_killed(string name, int number)
    {
        using var program = new RunningProgram(Needs.Program("python3"), ["-c", DeathSignal], deathSignal: name);

        Assert.That(program.Output.ReadLine(), Is.EqualTo($"{number}"));
    }

    [Test]
    public void It_does_not_get_that_signal_when_the_thread_ends_that_asked_for_it()
    {
        RunningProgram? program = null;
        new HelperThreads(() => program = new RunningProgram("cat", [])).Join();
        using RunningProgram cat = program!; // joined

        cat.Send("still here\n");

        Assert.That(cat.Output.ReadLine(), Is.EqualTo("still here"));
    }

    [Test]
    public void One_that_does_not_end_is_a_failure_that_shows_what_it_wrote()
    {
        using var program = new RunningProgram("sh", ["-c", "echo said; echo wrong >&2; exec sleep 1000"]);
        Assert.That(program.Output.ReadLine(), Is.EqualTo("said"));
        Assert.That(program.Errors.ReadLine(), Is.EqualTo("wrong"));

        Assert.That(
            () => program.WaitForEnd(TimeSpan.FromMilliseconds(1)),
            Throws.InstanceOf<TimeoutException>().With.Message.Contains("said").And.Message.Contains("wrong"));
    }

    [Test]
    public void What_a_helper_thread_throws_fails_its_test()
    {
        var helper = new HelperThreads(() => throw new InvalidOperationException("as a test's helper may"));

        Assert.That(helper.Join, Throws.InvalidOperationException);
    }

    [Test]
    public void What_it_leaves_behind_goes_with_it()
    {
        int child;
        using (var program = new RunningProgram("sh", ["-c", "sleep 1000 & echo $!; wait"]))
        {
            child = int.Parse(program.Output.ReadLine()!);
        }

        Patience.Until(() => !ProcFs.IsRunning(child), "its child has ended");
    }

    [TestCase(1024)]
    [TestCase(2048)]
    [TestCase(4096)]
    [TestCase(8192)]
    public void A_line_that_fills_a_buffer_to_the_last_byte_is_there_while_the_program_goes_on(int length)
    {
        using var program = new RunningProgram("sh", ["-c", $"printf '%0{length - 1}d\\n' 0; read go"]);

        Assert.That(program.Output.ReadLine(), Has.Length.EqualTo(length - 1));
    }

    [Test]
    public void While_its_output_is_held_the_pipe_fills_up()
    {
        using var program = new RunningProgram("sh", ["-c", "echo ready; read go; head -c 1000000 /dev/zero | tr '\\0' x; echo"]);
        Assert.That(program.Output.ReadLine(), Is.EqualTo("ready"));
        program.Output.Hold();
        program.Send("\n");
        long held = Patience.UntilStill(() => program.Output.Text.Length, "it is held");

        program.Output.Release();

        Assert.That(held, Is.LessThan(100_000));
        Assert.That(program.Output.ReadLine(), Has.Length.EqualTo(1_000_000));
    }
}
