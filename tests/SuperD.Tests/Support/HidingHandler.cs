using System.Globalization;

namespace SuperD.Tests.Support;

/// <summary>
/// A handler in C that leaves behind a process which hides in one of many ways; a mark in its arguments lets the test find it.
/// </summary>
/// <remarks>
/// It writes a line when that process exists, and with <c>wait</c> it runs until its client has shut down its sending side.
/// </remarks>
internal static class HidingHandler
{
    // argv: WAY DETAIL END MARK. The orphan executes this program again, with argv[0] = MARK and with no environment or a forged one.
    private const string Source = """
        #define _GNU_SOURCE
        #include <fcntl.h>
        #include <sched.h>
        #include <signal.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/syscall.h>
        #include <sys/wait.h>
        #include <unistd.h>

        static void put(const char *path, const char *text)
        {
            int file = open(path, O_WRONLY);
            if (file < 0 || write(file, text, strlen(text)) < 0)
                perror(path);
            if (file >= 0)
                close(file);
        }

        /* The directory of this process's cgroup v2, below where that is mounted. */
        static void own_group(char *path, const char *mount)
        {
            char line[4096];
            FILE *file = fopen("/proc/self/cgroup", "r");
            *path = 0;
            while (file && fgets(line, sizeof line, file))
                if (!strncmp(line, "0::", 3)) {
                    line[strcspn(line, "\n")] = 0;
                    sprintf(path, "%s%s", mount, line + 3);
                }
        }

        static void orphan(int ready, char **argv, char *environment)
        {
            char number[16];
            char *arguments[] = { argv[4], number, 0 }, *variables[] = { environment, 0 };
            sprintf(number, "%d", ready);
            if (strcmp(argv[1], "session"))
                setsid();
            for (int i = 0; i < 3; i++)
                close(i);
            execve("/proc/self/exe", arguments, variables);
            _exit(1);
        }

        int main(int argc, char **argv)
        {
            if (argc == 2) { /* the orphan */
                signal(SIGHUP, SIG_IGN);
                if (write(atoi(argv[1]), "x", 1) != 1)
                    return 1;
                close(atoi(argv[1]));
                for (;;)
                    pause();
            }

            const char *way = argv[1], *detail = argv[2];
            char path[8192], file[8400], environment[64] = "", byte, line[64];
            int ready[2];
            if (pipe(ready))
                return 1;
            if (!strcmp(way, "forge")) /* the connection is told by the client */
                sprintf(environment, "SUPERD_CONNECTION=%d", fgets(line, sizeof line, stdin) ? atoi(line) : 0);
            if (!strcmp(way, "join"))
                detail = fgets(line, sizeof line, stdin) ? line : "0";
            own_group(path, detail);
            if (!strcmp(way, "sibling")) { /* a child of superd's, not of this process */
                if (syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0) == 0)
                    orphan(ready[1], argv, 0);
            } else if (fork() == 0) {
                if (!strcmp(way, "join"))
                    setpgid(0, atoi(detail));
                if (!strcmp(way, "escape") || !strcmp(way, "freeze")) {
                    sprintf(file, "%s/../../cgroup.procs", path);
                    put(file, "0");
                }
                if (!strcmp(way, "freeze")) { /* nobody is in it any more: its handler leaves it too */
                    char parent[32];
                    sprintf(parent, "%d", getppid());
                    put(file, parent);
                    sprintf(file, "%s/cgroup.freeze", path);
                    put(file, "1");
                }
                if (strcmp(way, "session"))
                    setsid();
                if (fork() == 0)
                    orphan(ready[1], argv, *environment ? environment : 0);
                _exit(0);
            }
            close(ready[1]);
            if (read(ready[0], &byte, 1) != 1)
                return 1;
            waitpid(-1, 0, 0); /* the process between this one and the orphan: the orphan is the only one left */
            printf("hidden\n");
            fflush(stdout);
            if (!strcmp(argv[3], "wait"))
                while (read(0, &byte, 1) > 0)
                    ;
            return 0;
        }
        """;

    public static void Compile(TempDir directory) => CProgram.Compile(directory, "hide", Source);

    /// <summary>The <c>exec</c> of a service.</summary>
    /// <param name="way">
    /// session (it stays in its handler's session), plain, forge, join, sibling (CLONE_PARENT),
    /// escape (it leaves its cgroup), freeze (it leaves its cgroup and freezes it).
    /// </param>
    /// <param name="mark">The mark to find the process by.</param>
    public static string Exec(TempDir directory, string way, string mark, bool waits = false) =>
        $"exec = {TomlText.Of(directory["hide"], way, EndingMeans.CgroupMount, waits ? "wait" : "end", mark)}\n";

    /// <summary>The hidden processes with this mark.</summary>
    public static int[] Hidden(string mark) =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out int pid) ? pid : 0)
            .Where(pid => pid != 0 && IsCalled(pid, mark)),
    ];

    private static bool IsCalled(int pid, string name)
    {
        try
        {
            return ProcFs.IsRunning(pid) && File.ReadAllText($"/proc/{pid}/cmdline").Split('\0')[0] == name;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
