namespace SuperD.Tests.Support;

/// <summary>
/// A handler that holds the kernel's lock on a file it shares with superd: it makes a system call with a page that is never provided
/// (userfaultfd(2)), and sleeps in the call until KILL.
/// </summary>
/// <remarks>
/// First argument: <c>socket</c> reads what the client sends after the line <c>ready PID</c>, which names the reading process;
/// <c>child</c> makes a child in its own session do that, and exits with 3 once the child sleeps; <c>stderr</c> writes to stderr
/// one byte that arrives, then one that does not. Second argument: the path of <c>/dev/userfaultfd</c>, for users who may not
/// make the system call; the test may create a node of its own.
/// </remarks>
internal static class HoldingProgram
{
    private const string DeviceNumber = "/sys/class/misc/userfaultfd/dev";

    private const string Source = """
        #define _GNU_SOURCE
        #include <fcntl.h>
        #include <linux/userfaultfd.h>
        #include <poll.h>
        #include <stdio.h>
        #include <string.h>
        #include <sys/ioctl.h>
        #include <sys/mman.h>
        #include <sys/socket.h>
        #include <sys/syscall.h>
        #include <unistd.h>

        static const char *device;

        static char *missing_page(void)
        {
            int faults = syscall(SYS_userfaultfd, O_CLOEXEC);
            if (faults < 0)
                faults = ioctl(open(device, O_RDWR | O_CLOEXEC), USERFAULTFD_IOC_NEW, O_CLOEXEC);
            struct uffdio_api api = { .api = UFFD_API };
            char *page = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            struct uffdio_register range = {
                .range = { .start = (unsigned long) page, .len = 4096 }, .mode = UFFDIO_REGISTER_MODE_MISSING };
            if (faults < 0 || page == MAP_FAILED || ioctl(faults, UFFDIO_API, &api) != 0 || ioctl(faults, UFFDIO_REGISTER, &range) != 0)
                return 0;
            return page;
        }

        static int read_from_socket(void)
        {
            char *page = missing_page();
            char line[32];
            int length = snprintf(line, sizeof line, "ready %d\n", getpid());
            struct pollfd socket = { .fd = 0, .events = POLLIN };
            if (page == 0 || write(1, line, length) != length || poll(&socket, 1, -1) != 1)
                return 1;
            return recv(0, page, 1, 0);
        }

        static int read_file(const char *path, char *text, size_t size)
        {
            int file = open(path, O_RDONLY);
            ssize_t length = file < 0 ? -1 : read(file, text, size - 1);
            if (file >= 0)
                close(file);
            if (length <= 0)
                return 0;
            text[length] = 0;
            return 1;
        }

        int main(int argc, char **argv)
        {
            device = argv[2];
            if (strcmp(argv[1], "check") == 0)
                return missing_page() == 0;
            if (strcmp(argv[1], "stderr") == 0) {
                char *page = missing_page();
                return page == 0 || write(2, "\n", 1) != 1 || write(2, page, 1) != 1;
            }
            if (strcmp(argv[1], "socket") == 0)
                return read_from_socket();
            pid_t child = fork();
            if (child == 0) {
                setsid();
                return read_from_socket();
            }
            /* Until the child sleeps in recv(2); in that call without the CPU it does not hold the socket yet. */
            char path[32], text[512];
            int sleeps = 0;
            while (!sleeps) {
                snprintf(path, sizeof path, "/proc/%d/syscall", child);
                int in_call = read_file(path, text, sizeof text) && strncmp(text, "45 ", 3) == 0;
                snprintf(path, sizeof path, "/proc/%d/stat", child);
                if (!read_file(path, text, sizeof text))
                    return 1;
                sleeps = in_call && strncmp(strrchr(text, ')') + 2, "R", 1) != 0;
                usleep(1000);
            }
            return 3;
        }

        """;

    /// <summary>Compiles it; returns its command line without the first argument: the program and the device.</summary>
    public static (string Program, string Device) Compile(TempDir directory, string user)
    {
        string program = CProgram.Compile(directory, "holding", Source);
        string device = directory["userfaultfd"];
        if (!File.Exists(device) && File.Exists(DeviceNumber))
        {
            string[] number = File.ReadAllText(DeviceNumber).Trim().Split(':');
            Needs.Success("mknod", "-m", "666", device, "c", number[0], number[1]);
        }

        Needs.Success("setpriv", $"--reuid={user}", "--clear-groups", program, "check", device);
        return (program, device);
    }
}
