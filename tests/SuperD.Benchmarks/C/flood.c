/* One source at full speed, and beside it a well-behaved client from another source.
 *
 *     flood PORT FLOODERS SECONDS PER_SECOND    FLOODERS connections at a time from 127.9.9.9, each read to its end and then repeated;
 *                                               PER_SECOND connections from 127.1.1.1, timed from connect to the end of the reply
 *
 * Prints one line of key=value. A connection of the well-behaved client counts as served when a reply arrived.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_EVENTS = 64, MOST_GOOD = 100000, PATIENCE_S = 5 };

struct client {
    int socket; /* -1: none */
    int is_good, bytes;
    double start;
};

static struct sockaddr_in target = { .sin_family = AF_INET };
static int poller;
static double good_ms[MOST_GOOD];
static long good_served, good_failed, flood_answered, flood_refused;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void begin(struct client *client)
{
    int one = 1;
    struct sockaddr_in source = { .sin_family = AF_INET };
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = client };
    source.sin_addr.s_addr = htonl(client->is_good ? 0x7f010101 : 0x7f090909);
    client->start = now();
    client->bytes = 0;
    client->socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(client->socket, IPPROTO_IP, 24 /* IP_BIND_ADDRESS_NO_PORT */, &one, sizeof one);
    if (client->socket < 0 || bind(client->socket, (struct sockaddr *)&source, sizeof source) != 0
        || (connect(client->socket, (struct sockaddr *)&target, sizeof target) != 0 && errno != EINPROGRESS)
        || epoll_ctl(poller, EPOLL_CTL_ADD, client->socket, &event) != 0) {
        fprintf(stderr, "flood: connect: %s\n", strerror(errno));
        exit(1);
    }
}

static void end(struct client *client)
{
    struct linger reset = { .l_onoff = 1 };
    setsockopt(client->socket, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(client->socket);
    client->socket = -1;
    if (!client->is_good) {
        *(client->bytes > 0 ? &flood_answered : &flood_refused) += 1;
    } else if (client->bytes == 0) {
        good_failed++;
    } else if (good_served < MOST_GOOD) {
        good_ms[good_served++] = (now() - client->start) * 1000;
    }
}

/* True when the connection is over. */
static int drain(struct client *client)
{
    char buffer[4096];
    ssize_t count;
    while ((count = recv(client->socket, buffer, sizeof buffer, 0)) > 0) {
        client->bytes += (int)count;
    }

    return count == 0 || errno != EAGAIN;
}

static int ascending(const void *left, const void *right)
{
    double difference = *(const double *)left - *(const double *)right;
    return (difference > 0) - (difference < 0);
}

int main(int count, char **words)
{
    if (count != 5) {
        fprintf(stderr, "usage: flood PORT FLOODERS SECONDS PER_SECOND\n");
        return 64;
    }

    int flooders = atoi(words[2]);
    double seconds = atof(words[3]), interval = 1 / atof(words[4]);
    target.sin_port = htons((unsigned short)atoi(words[1]));
    target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    poller = epoll_create1(EPOLL_CLOEXEC);
    struct client *clients = calloc((size_t)flooders + 1, sizeof *clients);
    struct client *good = &clients[flooders];
    for (int i = 0; i < flooders; i++) {
        begin(&clients[i]);
    }

    good->is_good = 1;
    good->socket = -1;
    double start = now(), next = start;
    while (now() - start < seconds) {
        if (good->socket >= 0 && now() - good->start > PATIENCE_S) {
            end(good);
        }

        if (good->socket < 0 && now() >= next) {
            begin(good);
            next += interval;
        }

        struct epoll_event events[MOST_EVENTS];
        int ready = epoll_wait(poller, events, MOST_EVENTS, 5);
        for (int i = 0; i < ready; i++) {
            struct client *client = events[i].data.ptr;
            if (drain(client)) {
                end(client);
                if (!client->is_good) {
                    begin(client);
                }
            }
        }
    }

    if (good->socket >= 0) {
        end(good);
    }

    double took = now() - start;
    qsort(good_ms, (size_t)good_served, sizeof *good_ms, ascending);
    printf("seconds=%f served=%ld failed=%ld p50_ms=%f p99_ms=%f answered=%ld refused=%ld\n", took, good_served, good_failed,
        good_served > 0 ? good_ms[good_served / 2] : 0.0, good_served > 0 ? good_ms[good_served * 99 / 100] : 0.0,
        flood_answered, flood_refused);
    return 0;
}
