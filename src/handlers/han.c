/* han in C: greets the client, stays for five seconds, and exits. stdin and stdout are the client's socket.
 *
 *     cc -O2 -static -o han-c han.c
 */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    puts("Welcome to Server, from Han!");

    /* On a socket, stdio holds output back until its buffer is full or the program exits; the client would wait. */
    if (fflush(stdout) == EOF)
        return 1;

    sleep(5);
    return 0;
}
