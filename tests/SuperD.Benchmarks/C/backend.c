/* backend ANSWER_PORT STREAM_PORT: the backend of a redirect. One port answers three bytes and closes, the other sends for as
 * long as the client reads.
 */
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int listen_on(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((unsigned short)port), .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 4096) != 0) {
        perror("listen");
        exit(1);
    }
    return listener;
}

static void *send_on(void *socket)
{
    static const char zeros[256 * 1024];
    int client = (int)(long)socket;

    while (write(client, zeros, sizeof zeros) > 0)
        ;
    close(client);
    return NULL;
}

static void *stream(void *socket)
{
    int listener = (int)(long)socket;

    for (;;) {
        pthread_t thread;
        int client = accept(listener, NULL, NULL);
        if (client < 0)
            continue;
        if (pthread_create(&thread, NULL, send_on, (void *)(long)client) == 0)
            pthread_detach(thread);
        else
            close(client);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t thread;

    if (argc != 3)
        return 64;
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* it never outlives the benchmark, however that ends */
    int answers = listen_on(atoi(argv[1])), streams = listen_on(atoi(argv[2]));
    if (pthread_create(&thread, NULL, stream, (void *)(long)streams) != 0)
        return 1;
    for (;;) {
        int client = accept(answers, NULL, NULL);
        if (client < 0)
            continue;
        if (write(client, "ok\n", 3) != 3)
            perror("write");
        close(client);
    }
}
