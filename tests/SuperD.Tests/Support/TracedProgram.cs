using System.Globalization;

namespace SuperD.Tests.Support;

/// <summary>
/// A program that forks a child which traces it (ptrace(2), PTRACE_SEIZE) and then exits, so that only the child could reap it.
/// </summary>
/// <remarks>
/// It writes <c>traced PID</c>, the child's pid, and exits with 3. With the argument <c>stubborn</c> the child ignores TERM, with
/// <c>apart</c> it has its own session; the child keeps all inherited descriptors. With <c>waits</c> as the first argument it waits for
/// a line of its client before all this.
/// </remarks>
internal static class TracedProgram
{
    private const string Source = """
        #include <signal.h>
        #include <stdio.h>
        #include <string.h>
        #include <sys/prctl.h>
        #include <sys/ptrace.h>
        #include <unistd.h>

        int main(int argc, char **argv)
        {
            int ready[2];
            char byte = 0;
            if (argc > 1 && strcmp(argv[1], "waits") == 0 && read(0, &byte, 1) != 1)
                return 5;
            prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0); /* where the Yama module asks for it */
            if (pipe(ready) != 0)
                return 1;
            pid_t tracer = fork();
            if (tracer == 0) {
                for (int i = 1; i < argc; i++) {
                    if (strcmp(argv[i], "stubborn") == 0)
                        signal(SIGTERM, SIG_IGN);
                    if (strcmp(argv[i], "apart") == 0)
                        setsid();
                }
                if (ptrace(PTRACE_SEIZE, getppid(), 0, 0) == 0 && write(ready[1], &byte, 1) == 1)
                    for (;;)
                        pause();
                _exit(1);
            }
            close(ready[1]);
            if (read(ready[0], &byte, 1) != 1)
                return 2;
            char line[32];
            int length = snprintf(line, sizeof line, "traced %d\n", tracer);
            return write(1, line, length) == length ? 3 : 4;
        }

        """;

    /// <summary>Compiles it; returns its absolute path.</summary>
    public static string Compile(TempDir directory) => CProgram.Compile(directory, "traced", Source);

    /// <summary>The tracer's pid, from the program's output.</summary>
    public static int TracerOf(string line) => int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
}
