/* The handler of every benchmark: answers and exits. For a client from 127.200.0.0/16 it stays until the client disconnects. */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int stays(void)
{
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;
    unsigned char address[4];

    if (getpeername(0, (struct sockaddr *)&peer, &size) != 0)
        return 0;

    /* Some servers accept IPv4 clients on an IPv6 socket: take the last four bytes of ::ffff:127.200.0.1. */
    if (peer.ss_family == AF_INET)
        memcpy(address, &((struct sockaddr_in *)&peer)->sin_addr, 4);
    else if (peer.ss_family == AF_INET6)
        memcpy(address, ((struct sockaddr_in6 *)&peer)->sin6_addr.s6_addr + 12, 4);
    else
        return 0;
    return address[0] == 127 && address[1] == 200;
}

int main(void)
{
    char ignored[512];

    /* A server that does not change the user saves system calls, which would make the comparison unfair. */
    if (geteuid() == 0)
        return 1;
    if (write(1, "ok\n", 3) != 3)
        return 1;
    if (stays())
        while (read(0, ignored, sizeof ignored) > 0)
            ;
    return 0;
}
