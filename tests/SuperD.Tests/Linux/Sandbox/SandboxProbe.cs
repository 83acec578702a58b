using System.Net.Sockets;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Linux.Sandbox;

/// <summary>A small program that tries one thing after the other in a sandbox, and says how each ended.</summary>
/// <remarks>Static, so it needs no file but itself. It answers on stderr: stdin and stdout are the client's socket.</remarks>
internal sealed class SandboxProbe : IDisposable
{
    /// <summary>The credentials of user nobody.</summary>
    public static readonly Credentials Nobody = new(65534, 65534, []);

    private const string Source = """
        #define _GNU_SOURCE
        #include <arpa/inet.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <pthread.h>
        #include <signal.h>
        #include <stddef.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/socket.h>
        #include <sys/stat.h>
        #include <sys/syscall.h>
        #include <sys/un.h>
        #include <sys/wait.h>
        #include <unistd.h>

        static char *word;          // the next word of the attempt
        static char *next(void) { return strtok_r(NULL, ":", &word); }
        static long number(void) { char *text = next(); return text ? strtol(text, NULL, 0) : 0; }
        static void *run(void *argument) { return argument; }

        static struct sockaddr_in loopback(long port)
        {
            struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
            address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            return address;
        }

        static long disconnect(void)
        {
            struct sockaddr none = { .sa_family = AF_UNSPEC };
            return connect(0, &none, sizeof none);
        }

        // Leaves how the attempt ended in errno; 0 = it succeeded.
        static long attempt(const char *what)
        {
            if (!strcmp(what, "call")) {                            // a system call by its number
                long nr = number(), a = number(), b = number(), c = number(), d = number();
                return syscall(nr, a, b, c, d, 0L, 0L);
            }
            if (!strcmp(what, "open")) {                            // a file, with flags
                char *path = next();
                return open(path, (int)number(), 0600);
            }
            if (!strcmp(what, "openat2")) {
                unsigned long how[3] = { 0, 0, 0 };
                return syscall(437, AT_FDCWD, next(), how, sizeof how);
            }
            if (!strcmp(what, "truncate")) return truncate(next(), 0);
            if (!strcmp(what, "mkdir")) return mkdir(next(), 0700);
            if (!strcmp(what, "mknod")) return mknod(next(), S_IFCHR | 0600, 0x103);
            if (!strcmp(what, "rename")) { char *from = next(); return rename(from, next()); }
            if (!strcmp(what, "exec")) {
                char *path = next(), *arguments[] = { path, NULL };
                pid_t child = fork();
                if (child == 0) { execv(path, arguments); _exit(errno); }
                int status;
                waitpid(child, &status, 0);
                errno = WIFEXITED(status) ? WEXITSTATUS(status) : 999;
                return errno ? -1 : 0;
            }
            if (!strcmp(what, "thread")) {
                pthread_t thread;
                errno = pthread_create(&thread, NULL, run, NULL);
                return errno ? -1 : pthread_join(thread, NULL);
            }
            if (!strcmp(what, "fork")) {
                pid_t child = fork();
                if (child == 0) _exit(0);
                return child > 0 ? waitpid(child, NULL, 0) : -1;
            }
            if (!strcmp(what, "connect")) {                         // a new socket
                struct sockaddr_in address = loopback(number());
                int fd = socket(AF_INET, SOCK_STREAM, 0);
                return fd < 0 ? fd : connect(fd, (void *)&address, sizeof address);
            }
            if (!strcmp(what, "disconnect")) return disconnect();
            if (!strcmp(what, "reconnect")) {                       // the client's socket, to somebody else
                struct sockaddr_in address = loopback(number());
                return disconnect() ? -1 : connect(0, (void *)&address, sizeof address);
            }
            if (!strcmp(what, "fastopen")) {
                struct sockaddr_in address = loopback(number());
                return disconnect() ? -1 : sendto(0, "x", 1, MSG_FASTOPEN, (void *)&address, sizeof address);
            }
            if (!strcmp(what, "relisten")) return disconnect() ? -1 : listen(0, 1);
            if (!strcmp(what, "abstract")) {
                struct sockaddr_un address = { .sun_family = AF_UNIX };
                char *name = next();
                strcpy(address.sun_path + 1, name);
                int fd = socket(AF_UNIX, SOCK_STREAM, 0);
                return connect(fd, (void *)&address, offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
            }
            if (!strcmp(what, "kill")) { pid_t pid = number(); return kill(pid, number()); }
            if (!strcmp(what, "wait")) return pause();
            if (!strcmp(what, "chdir")) return chdir(next());
            if (!strcmp(what, "openat")) {
                int directory = open(next(), O_PATH);
                char *path = next();
                return openat(directory, path, (int)number(), 0600);
            }
            if (!strcmp(what, "ptrace")) return syscall(SYS_ptrace, 0L, 0L, 0L, 0L);
        #ifdef __x86_64__
            if (!strcmp(what, "x32")) return syscall(0x40000000 + number());
            if (!strcmp(what, "int80")) {
                long result;
                __asm__ volatile ("int $0x80" : "=a" (result) : "a" (number()) : "memory");
                return result;
            }
        #endif
            errno = 998;
            return -1;
        }

        int main(int count, char **arguments)
        {
            for (int i = 1; i < count; i++) {
                char text[500];
                strcpy(text, arguments[i]);
                errno = 0;
                long result = attempt(strtok_r(text, ":", &word));
                dprintf(2, "%s\n", result >= 0 ? "0" : strerrorname_np(errno) ? strerrorname_np(errno) : "?");
            }
            return 0;
        }
        """;

    private readonly TempDir _directory = new();

    public SandboxProbe() => Program = Compile(_directory, toolchain: null);

    /// <summary>One thread at a time.</summary>
    public ProcessLauncher Launcher { get; } = ProcessLauncher.Create(1);

    /// <summary>The program's path.</summary>
    public string Program { get; }

    /// <summary>Compiles the program only, for a virtual machine; returns its path.</summary>
    public static string Compile(TempDir directory, Toolchain? toolchain) => CProgram.Compile(directory, "probe", Source, toolchain);

    /// <summary>Tries things in a sandbox.</summary>
    /// <param name="attempts">What is tried: <c>open:/etc/passwd:0</c>, <c>call:101:0:0:0:0</c>, see the source.</param>
    /// <param name="socket">stdin and stdout; null = /dev/null.</param>
    /// <returns>One line for each attempt: 0 or an errno's name. A kill by a signal is the last: <c>signal 31</c>.</returns>
    public string[] Try(ProbeSandbox sandbox, string[] attempts, Socket? socket = null) =>
        Run(sandbox.Plan([Program, .. attempts]), socket);

    /// <summary>Runs the program by a plan, see <see cref="Try"/>.</summary>
    /// <param name="begun">Gets the pidfd as soon as there is a child.</param>
    public string[] Run(LaunchPlan plan, Socket? socket = null, Action<Fd>? begun = null)
    {
        using var devNull = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite);
        var stdin = new Fd((int)(socket?.SafeHandle.DangerousGetHandle() ?? devNull.DangerousGetHandle())); // not disposed: not its own
        Assert.That(Pipe.Create(out Fd? readEnd, out Fd? writeEnd).IsError, Is.False);
        using Fd read = readEnd!; // no error
        Assert.That(Launcher.TryTake(out Launch? launch), Is.True);
        LaunchError? error = launch!.Start(plan, stdin, writeEnd, cgroup: null, out Fd? pidfd); // taken
        writeEnd!.Dispose(); // no error
        if (error is { } why)
        {
            launch.Release();
            return [$"{why.Step} {why.Errno}"];
        }

        begun?.Invoke(pidfd!); // no error
        Patience.Until(() => launch.State != LaunchState.UnderWay, "the probe has executed");
        string failure = launch.State == LaunchState.Failed ? $"{launch.Error.Step} {launch.Error.Errno}\n" : "";
        launch.Release();
        using Fd child = pidfd!; // no error
        ExitStatus status = LaunchedChild.ReapAtEnd(child, out _);
        string output = failure + ReadToEnd(read); // after the end, since the pipe never blocks
        string[] signal = status.Signal == 0 ? [] : [$"signal {status.Signal}"];
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries), .. signal];
    }

    public void Dispose() => _directory.Dispose();

    private static string ReadToEnd(Fd pipe)
    {
        byte[] buffer = new byte[10_000];
        int length = 0;
        while (pipe.Read(buffer.AsSpan(length)).Value is > 0 and int count)
        {
            length += count;
        }

        return System.Text.Encoding.ASCII.GetString(buffer, 0, length);
    }
}

/// <summary>A sandbox for a probe: the steps of a launch, in the order in which superd has them.</summary>
internal sealed record ProbeSandbox
{
    public SystemCallPolicy? Policy { get; init; }

    public bool Notifies { get; init; }

    public LandlockRuleset? Ruleset { get; init; }

    public Credentials? Credentials { get; init; }

    /// <summary>Steps before the sandbox's: limits, a new root.</summary>
    public Action<LaunchPlan>? Others { get; init; }

    public LaunchPlan Plan(string[] command)
    {
        var plan = new LaunchPlan();
        plan.DropNewPrivileges();
        plan.UnshareDescriptors();
        plan.PlaceSocket(0);
        plan.PlaceSocket(1);
        plan.PlaceStderr();
        if (Ruleset is not null)
        {
            plan.PlaceRuleset(Ruleset, 3);
        }

        plan.CloseDescriptorsFrom(Ruleset is null ? 3 : 4);
        Others?.Invoke(plan);
        if (Credentials is not null)
        {
            plan.SetCredentials(Credentials);
        }

        plan.SetCapabilities(default);
        if (Ruleset is not null)
        {
            plan.Restrict(3);
        }

        if (Policy is not null)
        {
            plan.FilterSystemCalls(SystemCallFilter.Compile(Policy, Notifies));
        }

        plan.ClearSignalMask();
        plan.TakeTime();
        plan.Execute(command[0], command);
        return plan;
    }
}
