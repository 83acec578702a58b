/* The handler of the cluster's machines. The request is "BYTES MILLISECONDS\n", so many bytes in so much time; the answer is
 * "NODE REVISION\n", from the environment, and then the bytes: the alphabet over and over.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { pieces = 50, longest = 1 << 20 };

static int send_all(const char *from, size_t count)
{
    while (count > 0) {
        ssize_t sent = write(1, from, count);

        if (sent <= 0)
            return 0;
        from += sent;
        count -= (size_t)sent;
    }
    return 1;
}

int main(void)
{
    static char alphabet[longest];
    char request[64], head[64];
    size_t length = 0, bytes, sent = 0;
    long milliseconds;
    const char *node = getenv("NODE"), *revision = getenv("REVISION");

    do {
        if (length == sizeof request - 1 || read(0, request + length, 1) != 1)
            return 1;
    } while (request[length++] != '\n');
    request[length] = 0;
    if (!node || !revision || sscanf(request, "%zu %ld", &bytes, &milliseconds) != 2 || bytes > longest)
        return 1;

    for (size_t i = 0; i < bytes; i++)
        alphabet[i] = (char)('a' + i % 26);
    if (!send_all(head, (size_t)snprintf(head, sizeof head, "%s %s\n", node, revision)))
        return 1;
    for (int piece = 1; piece <= pieces; piece++) {
        size_t until = bytes * (size_t)piece / pieces;
        struct timespec pause = { 0, milliseconds * 1000000 / pieces };

        if (!send_all(alphabet + sent, until - sent))
            return 1;
        sent = until;
        nanosleep(&pause, NULL);
    }
    return 0;
}
