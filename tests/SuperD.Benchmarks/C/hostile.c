/* hostile [HOW [NUMBER]]: handlers that attack the superd that launched them. Without arguments the client's first line says how.
 * Nothing here lives longer than a minute or creates more than a few processes: it tests superd and must not bring down the machine.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static char buffer[64 * 1024];
static char **arguments;

/* Stays until it is killed, or for a minute: long enough to find an orphan that superd did not end. */
static void stay(void)
{
    signal(SIGALRM, SIG_DFL);
    alarm(60);
    for (;;)
        pause();
}

static void deaf(void)
{
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_IGN);
}

static void say(const char *text)
{
    if (write(1, text, strlen(text)) < 0)
        _exit(1);
}

/* Children that fork, COUNT processes in all. */
static void bomb(int count)
{
    while (count-- > 1)
        if (fork() != 0)
            stay();
    stay();
}

static void orphan(int number)
{
    if (fork() != 0)
        return;
    setsid();
    if (fork() != 0)
        _exit(0);
    if (number & 1)
        deaf();
    if (number & 2)
        setpgid(0, 0);
    if (number & 4) {
        char *const own[] = { arguments[0], "stay", NULL };
        char *const empty[] = { NULL };
        execve("/proc/self/exe", own, empty);
    }
    if (number & 8) {
        char *const own[] = { "superd", "stay", NULL };
        char *const another[] = { "SUPERD_CONNECTION=1", "SUPERD_SERVICE=steady", NULL };
        execve("/proc/self/exe", own, another);
    }
    if (number & 16)
        kill(getpid(), SIGSTOP);
    stay();
}

/* A child traces its parent, which exits: then only the tracer can reap it. */
static void trace(int number)
{
    int ready[2];
    pid_t parent = getpid();

    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
    if (pipe(ready) != 0)
        return;
    if (fork() == 0) {
        char done = 'x';
        ptrace(PTRACE_SEIZE, parent, 0, 0);
        if (number & 1)
            setsid();
        if (write(ready[1], &done, 1) < 0)
            _exit(1);
        stay();
    }
    if (read(ready[0], buffer, 1) < 0)
        _exit(1);
    _exit(0);
}

static void environment(int number)
{
    static char variable[100 * 1024];
    char *const own[] = { arguments[0], "stay", NULL };
    char *full[17] = { 0 };

    memset(variable, 'x', sizeof variable - 1);
    memcpy(variable, "HUGE=", 5);
    for (int i = 0; i < number % 16 + 1; i++)
        full[i] = variable;
    execve("/proc/self/exe", own, full);
    stay();
}

static void flood_stderr(int number)
{
    memset(buffer, number & 1 ? 'x' : '\n', sizeof buffer);
    if (number & 2)
        for (size_t i = 0; i < sizeof buffer; i++)
            buffer[i] = (char)(i * 7919 >> 3);
    for (int i = 0; i < 4; i++)
        if (write(2, buffer, sizeof buffer) < 0)
            return;
}

/* Changes to the socket outlive the process, because superd shares the socket. */
static void change_socket(int number)
{
    struct linger linger = { number & 1, number & 2 ? 30 : 0 };
    struct timeval never = { 30, 0 };
    int small = 1, on = 1;

    if (number & 4)
        fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);
    else
        fcntl(0, F_SETFL, fcntl(0, F_GETFL) & ~O_NONBLOCK);
    setsockopt(0, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    if (number & 8)
        setsockopt(0, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    if (number & 16)
        setsockopt(0, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    if (number & 32)
        setsockopt(0, SOL_SOCKET, SO_RCVTIMEO, &never, sizeof never);
    if (number & 64)
        setsockopt(0, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    if (number & 128)
        fcntl(0, F_SETOWN, getppid());
    if (number & 256)
        fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_ASYNC);
    if (number & 512)
        if (write(1, buffer, sizeof buffer) < 0)
            return;
    shutdown(0, number % 3);
}

static void descriptors(int number)
{
    for (int i = 0; i < 200; i++)
        if (dup(number & 1 ? 0 : 2) < 0)
            break;
    if (number & 2)
        for (int i = 0; i < 3; i++)
            close(i);
    if (number & 4)
        usleep(100 * 1000);
    if (number & 8 && fork() == 0) /* holds stderr and the socket, neither of which gives it away */
        stay();
}

static void hide(int number)
{
    setsid();
    setpgid(0, 0);
    prctl(PR_SET_NAME, ") R 1 1 1\n", 0, 0, 0);
    prctl(PR_SET_DUMPABLE, number & 1, 0, 0, 0);
    prctl(PR_SET_CHILD_SUBREAPER, number >> 1 & 1, 0, 0, 0);
    prctl(PR_SET_PDEATHSIG, number & 4 ? SIGKILL : 0, 0, 0, 0);
    if (number & 8)
        unshare(CLONE_NEWUSER);
    if (number & 16)
        setpriority(PRIO_PROCESS, 0, 19);
    orphan(number >> 5);
}

/* For wait services: takes what has arrived, and exits when nothing arrives for a moment. */
static void drain(void)
{
    struct pollfd own = { .fd = 0, .events = POLLIN };

    while (poll(&own, 1, 100) > 0) {
        int client = accept(0, NULL, NULL);
        if (client >= 0)
            close(client);
        else if (recv(0, buffer, sizeof buffer, MSG_DONTWAIT) < 0)
            return;
    }
}

int main(int argc, char **argv)
{
    char line[64] = { 0 }, how[32] = { 0 };
    int number = 0;

    arguments = argv;
    if (argc > 1) {
        snprintf(how, sizeof how, "%s", argv[1]);
        number = argc > 2 ? atoi(argv[2]) : 0;
    } else {
        for (size_t i = 0; i < sizeof line - 1 && read(0, line + i, 1) == 1 && line[i] != '\n'; i++)
            ;
        sscanf(line, "%31s %d", how, &number);
    }

    if (strcmp(how, "stay") == 0)
        stay();
    else if (strcmp(how, "drain") == 0)
        drain();
    else if (strcmp(how, "bomb") == 0)
        bomb(number % 16 + 2);
    else if (strcmp(how, "exit") == 0)
        return number;
    else if (strcmp(how, "signal") == 0) {
        struct rlimit none = { 0, 0 };
        setrlimit(RLIMIT_CORE, &none);
        kill(number & 256 ? 0 : getpid(), number % NSIG); /* 0: the whole process group */
        usleep(50 * 1000);
    } else if (strcmp(how, "superd") == 0)
        kill(getppid(), number % NSIG); /* not permitted */
    else if (strcmp(how, "trace") == 0)
        trace(number);
    else if (strcmp(how, "orphan") == 0)
        orphan(number);
    else if (strcmp(how, "environment") == 0)
        environment(number);
    else if (strcmp(how, "stderr") == 0)
        flood_stderr(number);
    else if (strcmp(how, "socket") == 0)
        change_socket(number);
    else if (strcmp(how, "descriptors") == 0)
        descriptors(number);
    else if (strcmp(how, "hide") == 0)
        hide(number);
    else if (strcmp(how, "stop") == 0) {
        if (number & 1 && fork() == 0)
            kill(getpid(), SIGSTOP);
        kill(number & 2 ? 0 : getpid(), SIGSTOP);
    } else if (strcmp(how, "deaf") == 0) {
        deaf();
        stay();
    } else if (strcmp(how, "answer") == 0)
        say("ok\n");
    return 0;
}
