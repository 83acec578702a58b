/* The load generator. It shares its processors with the server under measurement, so it does as little as possible: one wake-up
 * per connection, and no copy of data that is not examined. One thread is enough unless the server is faster than a client.
 *
 *     load connect PORT CLIENTS SECONDS COUNT THREADS    each client connects, reads to the end, and starts over
 *     load hold PORT COUNT                               that many connections with live handlers, until stdin ends
 *     load stream PORT CLIENTS SECONDS BYTES             each client reads one connection as fast as it can
 *
 * Every connection goes to 127.0.0.1, from an address that changes every thousand connections: a closed connection occupies
 * its pair of ports for a minute, and one address has 28,000. Prints one line of key=value.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 10000, PER_ADDRESS = 1000, MOST_EVENTS = 64, HOLD_WINDOW = 64, MOST_THREADS = 16 };

struct client {
    int socket;
    double start;
};

/* One thread's work and its results. */
struct work {
    pthread_t thread;
    int clients;
    long count, finished, answered, empty, failed;
    double start, end, last, *took;
};

static struct sockaddr_in target = { .sin_family = AF_INET };
static uint32_t first_source;
static _Atomic long opened;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double processor_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void die(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* Starts a connection; its outcome arrives as an event. */
static void begin(int poll, struct client *client, uint32_t events)
{
    int one = 1;
    struct sockaddr_in source = { .sin_family = AF_INET };
    struct epoll_event event = { .events = events, .data.ptr = client };

    source.sin_addr.s_addr = htonl(first_source + (uint32_t)(opened++ / PER_ADDRESS));
    client->socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (client->socket < 0)
        die("socket");
    setsockopt(client->socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    if (bind(client->socket, (struct sockaddr *)&source, sizeof source) != 0)
        die("bind");
    client->start = now();
    if (connect(client->socket, (struct sockaddr *)&target, sizeof target) != 0 && errno != EINPROGRESS)
        die("connect");
    if (epoll_ctl(poll, EPOLL_CTL_ADD, client->socket, &event) != 0)
        die("epoll_ctl");
}

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double at(const double *sorted, long count, double share)
{
    return count == 0 ? 0 : sorted[(long)((double)(count - 1) * share)] * 1e3;
}

static void *connect_in_turn(void *argument)
{
    struct work *work = argument;
    struct client *all = calloc((size_t)work->clients, sizeof *all);
    struct epoll_event events[MOST_EVENTS];
    long begun = 0, room = 1 << 16;
    int poll = epoll_create1(EPOLL_CLOEXEC), open = 0;

    work->took = malloc((size_t)room * sizeof *work->took);
    work->last = work->start;
    for (; open < work->clients && begun < work->count; open++, begun++)
        begin(poll, &all[open], EPOLLRDHUP);

    while (open > 0) {
        int ready = epoll_wait(poll, events, MOST_EVENTS, PATIENCE_MS);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0) {
            work->failed += open;
            break;
        }

        for (int i = 0; i < ready; i++) {
            struct client *client = events[i].data.ptr;
            char reply[256];
            ssize_t got = recv(client->socket, reply, sizeof reply, 0);

            work->last = now();
            if (got > 0)
                work->answered++;
            else if (got == 0 || errno == ECONNRESET)
                work->empty++;
            else
                work->failed++;
            if (work->finished == room && (work->took = realloc(work->took, (size_t)(room *= 2) * sizeof *work->took)) == NULL)
                die("realloc");
            work->took[work->finished++] = work->last - client->start;
            close(client->socket);
            open--;
            if (begun < work->count && work->last < work->end) {
                begin(poll, client, EPOLLRDHUP);
                begun++;
                open++;
            }
        }
    }

    return NULL;
}

static int run_connect(int clients, double seconds, long count, int threads)
{
    struct work all[MOST_THREADS] = { 0 }, sum = { 0 };
    double start = now();

    if (threads < 1 || threads > MOST_THREADS)
        return 64;
    for (int i = 0; i < threads; i++) {
        all[i] = (struct work){ .clients = clients / threads, .count = count / threads, .start = start, .end = start + seconds };
        if (pthread_create(&all[i].thread, NULL, connect_in_turn, &all[i]) != 0)
            die("pthread_create");
    }

    for (int i = 0; i < threads; i++) {
        pthread_join(all[i].thread, NULL);
        sum.answered += all[i].answered;
        sum.empty += all[i].empty;
        sum.failed += all[i].failed;
        if (all[i].last > sum.last)
            sum.last = all[i].last;
        sum.took = realloc(sum.took, (size_t)(sum.finished + all[i].finished + 1) * sizeof *sum.took);
        memcpy(sum.took + sum.finished, all[i].took, (size_t)all[i].finished * sizeof *sum.took);
        sum.finished += all[i].finished;
    }

    double used = processor_seconds();
    qsort(sum.took, (size_t)sum.finished, sizeof *sum.took, compare);
    printf("connections=%ld answered=%ld empty=%ld failed=%ld seconds=%.6f "
        "p50_ms=%.4f p99_ms=%.4f max_ms=%.4f cpu_seconds=%.6f threads=%d\n",
        sum.finished, sum.answered, sum.empty, sum.failed, sum.last - start,
        at(sum.took, sum.finished, 0.5), at(sum.took, sum.finished, 0.99), at(sum.took, sum.finished, 1), used, threads);
    return 0;
}

static int run_hold(int poll, long count)
{
    struct client *all = calloc((size_t)count, sizeof *all);
    struct epoll_event events[MOST_EVENTS];
    struct rlimit files;
    long begun = 0, held = 0, failed = 0;
    char ignored;

    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    while (held + failed < count) {
        /* Not all at once: that would measure an overflowing accept queue instead of the handlers. */
        for (; begun < count && begun - held - failed < HOLD_WINDOW; begun++)
            begin(poll, &all[begun], EPOLLIN | EPOLLRDHUP | EPOLLET);

        int ready = epoll_wait(poll, events, MOST_EVENTS, PATIENCE_MS);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0) {
            failed += begun - held - failed;
            break;
        }

        for (int i = 0; i < ready; i++) {
            char reply[256];
            ssize_t got = recv(((struct client *)events[i].data.ptr)->socket, reply, sizeof reply, 0);
            if (got > 0)
                held++;
            else
                failed++;
        }
    }

    printf("held=%ld failed=%ld\n", held, failed);
    fflush(stdout);
    while (read(0, &ignored, 1) > 0)
        ;
    return 0;
}

static int run_stream(int poll, int clients, double seconds, double most)
{
    struct client *all = calloc((size_t)clients, sizeof *all);
    struct epoll_event events[MOST_EVENTS];
    double start = now(), end = start + seconds, bytes = 0;
    int open = 0;

    for (; open < clients; open++)
        begin(poll, &all[open], EPOLLIN);

    while (open > 0 && bytes < most && now() < end) {
        int ready = epoll_wait(poll, events, MOST_EVENTS, PATIENCE_MS);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            break;
        for (int i = 0; i < ready; i++) {
            /* MSG_TRUNC: a TCP socket discards the bytes without copying them. */
            struct client *client = events[i].data.ptr;
            ssize_t got = recv(client->socket, NULL, 1 << 20, MSG_TRUNC);
            if (got > 0) {
                bytes += (double)got;
            } else if (got == 0 || errno != EAGAIN) {
                close(client->socket);
                open--;
            }
        }
    }

    printf("bytes=%.0f failed=%d seconds=%.6f cpu_seconds=%.6f\n", bytes, clients - open, now() - start, processor_seconds());
    return 0;
}

int main(int argc, char **argv)
{
    int poll = epoll_create1(EPOLL_CLOEXEC);

    if (argc < 4)
        return 64;
    target.sin_port = htons((unsigned short)atoi(argv[2]));
    target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (strcmp(argv[1], "hold") == 0 && argc == 4) {
        first_source = 0x7fc80001; /* 127.200.0.1: see answer.c */
        return run_hold(poll, atol(argv[3]));
    }

    if (argc < 6)
        return 64;
    first_source = 0x7f100001 + ((uint32_t)getpid() % 0x4000) * 0x100; /* from 127.16.0.1 up, different in every run */
    if (strcmp(argv[1], "connect") == 0 && argc == 7)
        return run_connect(atoi(argv[3]), atof(argv[4]), atol(argv[5]), atoi(argv[6]));
    if (strcmp(argv[1], "stream") == 0)
        return run_stream(poll, atoi(argv[3]), atof(argv[4]), atof(argv[5]));
    return 64;
}
