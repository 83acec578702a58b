/* rude HOW: badly behaved handlers for the soak test. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

static char buffer[64 * 1024];

int main(int argc, char **argv)
{
    const char *how = argc == 2 ? argv[1] : "";
    ssize_t size;

    if (strcmp(how, "echo") == 0) {
        while ((size = read(0, buffer, sizeof buffer)) > 0)
            if (write(1, buffer, (size_t)size) != size)
                return 1;
    } else if (strcmp(how, "flood") == 0) {
        for (int i = 0; i < 4; i++)
            if (write(1, buffer, sizeof buffer) < 0)
                return 1;
    } else if (strcmp(how, "fail") == 0) {
        return write(2, "rude: failed\n", 13) == 13 ? 3 : 4;
    } else if (strcmp(how, "crash") == 0) {
        kill(getpid(), SIGKILL);
    } else if (strcmp(how, "deaf") == 0) {
        /* TERM does not end it: only its client does, or KILL. */
        signal(SIGTERM, SIG_IGN);
        while (read(0, buffer, sizeof buffer) > 0)
            ;
    } else if (strcmp(how, "hang") == 0) {
        pause();
    } else if (strcmp(how, "orphan") == 0) {
        /* Hides as a daemon does: a grandchild in its own session that ignores TERM. */
        if (fork() == 0) {
            setsid();
            signal(SIGTERM, SIG_IGN);
            if (fork() != 0)
                _exit(0);
            for (;;)
                pause();
        }
    }
    return 0;
}
