/* start LOG UID GID FILES PROGRAM [ARGUMENT...]: execs a server under measurement, in the same way for every server.
 * With UID 0 the user is not changed. FILES is the soft limit of open files. stdout and stderr are appended to LOG.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static void fail(const char *what)
{
    perror(what);
    exit(127);
}

int main(int argc, char **argv)
{
    struct rlimit files;
    int log, null;

    if (argc < 6)
        return 64;

    /* Our parent, .NET, ignores SIGPIPE and has raised the limit: give the server what a shell would. */
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = (rlim_t)atol(argv[4]);
    if (files.rlim_cur > files.rlim_max)
        files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);

    /* The directory in which a service manager starts servers. */
    if (chdir("/") != 0)
        fail("/");

    /* Without a terminal, like a service: with one, superd gives every handler its own session. */
    setsid();

    if ((null = open("/dev/null", O_RDWR)) < 0 || (log = open(argv[1], O_WRONLY | O_CREAT | O_APPEND, 0644)) < 0)
        fail(argv[1]);
    dup2(null, 0);
    dup2(log, 1);
    dup2(log, 2);
    closefrom(3);

    if (atoi(argv[2]) != 0) {
        gid_t group = (gid_t)atoi(argv[3]);
        if (setgroups(0, NULL) != 0 || setresgid(group, group, group) != 0)
            fail("setgid");
        if (setuid((uid_t)atoi(argv[2])) != 0)
            fail("setuid");
    }

    /* Last, because a change of user clears it: the server never outlives the benchmark, however that ends. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execv(argv[5], argv + 5);
    fail(argv[5]);
}
