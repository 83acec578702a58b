/* han in C: greets, stays for five seconds, ends. stdin and stdout are the client's socket.
 *
 *     cc -O2 -static -o han-c han.c
 */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    puts("Welcome to Server, from Han!");

    /* On a socket stdio keeps what it is given until its buffer is full or the program ends: the client would wait. */
    if (fflush(stdout) == EOF)
        return 1;

    sleep(5);
    return 0;
}
