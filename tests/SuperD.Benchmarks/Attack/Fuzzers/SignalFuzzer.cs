using SuperD.Linux;

namespace SuperD.Benchmarks.Attack.Fuzzers;

/// <summary>
/// The signals that superd handles, signals that do nothing, and an occasional upgrade; TERM follows at the end of the attack.
/// </summary>
/// <remarks>
/// ALRM, the real-time signals and others that superd does not document are left out: they
/// end a process, and a sender who may send them may send KILL.
/// </remarks>
internal sealed class SignalFuzzer(AttackTarget target) : Fuzzer("signals", target, TimeSpan.FromMilliseconds(3))
{
    private const int SIGUSR1 = 10, SIGPIPE = 13, SIGCHLD = 17, SIGCONT = 18, SIGURG = 23, SIGWINCH = 28;

    protected override int Attack(Random random)
    {
        int lot = random.Next(2000);
        int signal = lot switch
        {
            < 3 => Processes.SIGUSR2,
            < 20 => Processes.SIGHUP,
            < 100 => SIGUSR1,
            _ => Pick(random, SIGPIPE, SIGCHLD, SIGCONT, SIGURG, SIGWINCH),
        };
        Processes.Signal(Target.Pid, signal);
        return 1;
    }
}
