/* control PORT PROGRAM UID GID: a minimal super-server, the control for superd's response times at the same moment on the same
 * machine. It runs PROGRAM as this user for every connection, on fd 0 and 1.
 */
#define _GNU_SOURCE
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (argc != 5)
        return 64;
    signal(SIGCHLD, SIG_IGN); /* no zombies */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    address.sin_port = htons((unsigned short)atoi(argv[1]));
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 128) != 0) {
        perror("listen");
        return 1;
    }
    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (client < 0)
            continue;
        if (fork() == 0) {
            gid_t group = (gid_t)atoi(argv[4]);
            dup2(client, 0);
            dup2(client, 1);
            if (setresgid(group, group, group) == 0 && setuid((uid_t)atoi(argv[3])) == 0)
                execl(argv[2], argv[2], (char *)NULL);
            _exit(1);
        }
        close(client);
    }
}
