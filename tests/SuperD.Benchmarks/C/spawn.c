/* spawn WORKERS SECONDS COUNT UID GID PROGRAM: the upper limit. Each worker repeatedly launches the program as that user with
 * vfork and execve and waits for its exit: what remains of a super-server without its network.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* A separate function, so that the loop keeps nothing in a register that the child could change. */
static int launch(uid_t user, gid_t group, char *program)
{
    char *argv[] = { program, NULL }, *environment[] = { "PATH=/usr/bin:/bin", NULL };
    int status;
    pid_t child = vfork();

    if (child == 0) {
        if (setgroups(1, &group) == 0 && setresgid(group, group, group) == 0 && setresuid(user, user, user) == 0)
            execve(program, argv, environment);
        _exit(127);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static long work(double end, long count, uid_t user, gid_t group, char *program)
{
    long launched = 0;

    for (; launched < count && now() < end; launched++)
        if (!launch(user, group, program))
            _exit(1);
    return launched;
}

int main(int argc, char **argv)
{
    if (argc != 7)
        return 64;

    int workers = atoi(argv[1]), null = open("/dev/null", O_RDWR);
    double start = now(), end = start + atof(argv[2]);
    long launched = 0, count = atol(argv[3]) / workers;
    long *done = mmap(NULL, (size_t)workers * sizeof *done, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int output = dup(1);

    dup2(null, 0);
    dup2(null, 1);
    for (int i = 0; i < workers; i++)
        if (fork() == 0) {
            done[i] = work(end, count, (uid_t)atoi(argv[4]), (gid_t)atoi(argv[5]), argv[6]);
            _exit(0);
        }

    for (int i = 0, status; i < workers; i++)
        if (wait(&status) < 0 || status != 0)
            return 1;
    for (int i = 0; i < workers; i++)
        launched += done[i];
    dprintf(output, "launches=%ld seconds=%.6f\n", launched, now() - start);
    return 0;
}
