// Tries to get out of a sandbox, one attempt after the other, each in a child of its own.
// Arguments: a directory of its own, a directory of others, a process of others, superd, a port of others, an abstract socket of others,
// a set-user-id program, a cgroup of others.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <linux/vm_sockets.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/quota.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *place, *others, *abstract_name, *privileged, *cgroup;
static int victim, superd, port;

// Whether a call came through to what it is for: whatever the kernel then said of nonsense arguments.
static int reached(long result)
{
    switch (result >= 0 ? 0 : errno) {
    case EPERM: case EACCES: case ENOSYS: case EAFNOSUPPORT: case ENOENT: case ESRCH: case EXDEV: case EROFS: case EOPNOTSUPP:
    case ENODEV: case EIO: return 0;
    default: return 1;
    }
}

static const char *in(const char *directory, const char *name)
{
    char *path;
    return asprintf(&path, "%s/%s", directory, name) < 0 ? "" : path;
}

static const char *other(const char *name) { return in(others, name); }
static const char *proc(int pid, const char *name) { char text[64]; snprintf(text, sizeof text, "/proc/%d", pid); return in(text, name); }
static const char *own(const char *name) { return in(place, name); }
static int make_own(const char *name) { return open(own(name), O_CREAT | O_EXCL | O_RDWR, 0600); }
static int reads(const char *path) { char byte; int fd = open(path, O_RDONLY | O_NONBLOCK); return fd >= 0 && read(fd, &byte, 1) == 1; }
static int opens(const char *path, int flags) { return open(path, flags | O_NONBLOCK, 0600) >= 0; }

// Files of others.
static int read_file(void) { return reads(other("secret")); }
static int read_by_dots(void) { char path[PATH_MAX]; snprintf(path, sizeof path, "/usr/..%s", other("secret")); return reads(path); }
static int read_by_own_root(void) { return reads(in("/proc/self/root", other("secret"))); }
static int read_by_root_of_another(void) { return reads(in(proc(victim, "root"), other("secret"))); }
static int read_by_descriptor_of_another(void) { return reads(proc(victim, "fd/3")); }
static int read_by_symbolic_link(void) { return symlink(other("secret"), own("link")) == 0 && reads(own("link")); }
static int read_by_hard_link(void) { return link(other("secret"), own("hard")) == 0 && reads(own("hard")); }
static int read_by_exchange(void)
{
    close(make_own("mine"));
    return renameat2(AT_FDCWD, other("shared/file"), AT_FDCWD, own("mine"), RENAME_EXCHANGE) == 0;
}
static int read_by_handle(void)
{
    struct { struct file_handle head; char rest[128]; } handle = { .head.handle_bytes = 128 };
    int mount_id, directory;
    if (name_to_handle_at(AT_FDCWD, other("secret"), &handle.head, &mount_id, 0) != 0) return 0;
    directory = open("/", O_RDONLY | O_DIRECTORY);
    return directory >= 0 && open_by_handle_at(directory, &handle.head, O_RDONLY) >= 0;
}
static int list_directory(void) { return opendir(others) != NULL; }
static int execute_file(void)
{
    if (fork() == 0) { execl(other("program"), "program", NULL); _exit(9); }
    int status;
    wait(&status);
    return status == 0;
}
static int write_file(void) { return opens(other("shared/file"), O_WRONLY); }
static int truncate_file(void) { return truncate(other("shared/file"), 0) == 0; }
static int truncate_by_open(void) { return opens(other("shared/file"), O_RDONLY | O_TRUNC); }
static int create_file(void) { return opens(other("shared/new"), O_CREAT | O_WRONLY); }
static int create_directory(void) { return mkdir(other("shared/directory"), 0700) == 0; }
static int remove_file(void) { return unlink(other("shared/prey")) == 0; }
static int move_out(void) { close(make_own("moved")); return rename(own("moved"), other("shared/moved")) == 0; }
static int change_mode(void) { return chmod(other("shared/mine"), 0777) == 0; }
static int make_device(void) { return mknod(own("disk"), S_IFBLK | 0600, makedev(254, 0)) == 0; }
static int leave_set_user_id(void)
{
    int fd = make_own("suid");
    return fd >= 0 && fchmod(fd, 04755) == 0;
}
static int leave_set_user_id_at_once(void) { return open(own("suid-at-once"), O_CREAT | O_RDWR, 04755) >= 0; }
static int inherited_descriptors(void) { for (int fd = 3; fd < 4096; fd++) if (fd != 7 && fcntl(fd, F_GETFD) >= 0) return 1; return 0; }

// Devices and settings of the kernel.
static int open_memory(void) { return opens("/dev/mem", O_RDONLY); }
static int open_kernel_log(void) { return opens("/dev/kmsg", O_RDONLY); }
static int open_disk(void) { return opens("/dev/vda", O_RDONLY); }
static int write_core_pattern(void) { return opens("/proc/sys/kernel/core_pattern", O_WRONLY); }
static int write_sysrq(void) { return opens("/proc/sysrq-trigger", O_WRONLY); }
static int write_users(void) { return opens("/etc/passwd", O_WRONLY); }
static int write_uevent_helper(void) { return opens("/sys/kernel/uevent_helper", O_WRONLY); }
static int leave_cgroup(void) { return opens(in(cgroup, "cgroup.procs"), O_WRONLY); }
static int kill_cgroup(void) { return opens(in(cgroup, "cgroup.kill"), O_WRONLY); }

// Processes of others.
static int read_environment(void) { return reads(proc(victim, "environ")); }
static int read_maps(void) { return reads(proc(victim, "maps")); }
static int read_memory(void) { return opens(proc(victim, "mem"), O_RDONLY); }
static int read_superds_environment(void) { return reads(proc(superd, "environ")); }
static int write_superds_memory(void) { return opens(proc(superd, "mem"), O_RDWR); }
static int open_superds_descriptor(void) { return opens(proc(superd, "fd/0"), O_RDONLY); }
static int trace(void) { return ptrace(PTRACE_SEIZE, victim, 0, 0) == 0; }
static int trace_superd(void) { return ptrace(PTRACE_SEIZE, superd, 0, 0) == 0; }
static int read_memory_by_call(void)
{
    char byte;
    struct iovec local = { &byte, 1 }, remote = { &victim, 1 };
    return reached(process_vm_readv(victim, &local, 1, &remote, 1, 0));
}
static int write_memory_by_call(void)
{
    char byte = 0;
    struct iovec local = { &byte, 1 }, remote = { &victim, 1 };
    return reached(process_vm_writev(victim, &local, 1, &remote, 1, 0));
}
static int steal_descriptor(void)
{
    int pidfd = syscall(SYS_pidfd_open, victim, 0);
    return pidfd >= 0 && syscall(SYS_pidfd_getfd, pidfd, 0, 0) >= 0;
}
static int send_signal(void) { return kill(victim, 0) == 0; }
static int send_signal_to_superd(void) { return kill(superd, 0) == 0; }
static int send_signal_to_thread(void) { return syscall(SYS_tgkill, victim, victim, 0) == 0; }
static int queue_signal(void) { union sigval value = { 0 }; return sigqueue(victim, 0, value) == 0; }
static int send_signal_by_pidfd(void)
{
    int pidfd = syscall(SYS_pidfd_open, victim, 0);
    return pidfd >= 0 && syscall(SYS_pidfd_send_signal, pidfd, 0, 0, 0) == 0;
}
static int limit_process(void) { struct rlimit64 limit; return prlimit64(victim, RLIMIT_CORE, NULL, &limit) == 0; }
static int compare_kernel_objects(void) { return syscall(SYS_kcmp, victim, victim, 1, 0, 0) >= 0; }
static int move_pages_of(void) { return reached(syscall(SYS_migrate_pages, victim, 64, NULL, NULL)); }
static int advise_memory(void)
{
    int pidfd = syscall(SYS_pidfd_open, victim, 0);
    return pidfd >= 0 && reached(syscall(SYS_process_madvise, pidfd, NULL, 1, 21, 0));
}

// Namespaces and privileges.
static int new_user_namespace(void) { return unshare(CLONE_NEWUSER) == 0; }
static int new_mount_namespace(void) { return unshare(CLONE_NEWNS) == 0; }
static int clone_namespace(void) { return syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0) >= 0; }
static int clone3_namespace(void)
{
    struct clone_args arguments = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
    return syscall(SYS_clone3, &arguments, sizeof arguments) >= 0;
}
static int enter_namespace(void) { int fd = open("/proc/self/ns/net", O_RDONLY); return fd >= 0 && setns(fd, 0) == 0; }
static int mount_file_system(void)
{
    mkdir(own("mount"), 0700);
    return mount("none", own("mount"), "tmpfs", 0, "") == 0 && umount(own("mount")) == 0;
}
static int mount_by_descriptor(void) { return reached(syscall(SYS_fsopen, "tmpfs", 0)); }
static int bind_directory(void)
{
    mkdir(own("bind"), 0700);
    return mount(others, own("bind"), NULL, MS_BIND, NULL) == 0 && umount(own("bind")) == 0;
}
static int clone_mount(void) { return reached(syscall(SYS_open_tree, AT_FDCWD, "/", 1)); }
static int unmount(void) { return reached(umount(place)); }
static int change_root(void) { return chroot(place) == 0; }
static int move_root(void) { return reached(syscall(SYS_pivot_root, place, place)); }
static int become_root(void) { return getuid() != 0 && setuid(0) == 0; }
static int become_another(void) { return setresuid(12345, 12345, 12345) == 0; }
static int run_set_user_id(void)
{
    if (fork() == 0) { execl(privileged, privileged, "--privileges", NULL); _exit(9); }
    int status;
    wait(&status);
    return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}
static int take_capabilities(void)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct data[2] = { { 1, 1, 0 }, { 0, 0, 0 } };
    return syscall(SYS_capset, &header, data) == 0;
}
static int gain_privileges_again(void) { return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0; }
static int weaken_layout(void) { return personality(ADDR_NO_RANDOMIZE) >= 0; }
static int foreign_calls(void) { return syscall(0x40000000 + SYS_getpid) >= 0; }
static int old_calls(void) { long result = 20; __asm__ volatile("int $0x80" : "+a"(result)); return result > 0; }

// Calls that expose the kernel.
static int io_uring(void) { char parameters[120] = { 0 }; return reached(syscall(SYS_io_uring_setup, 4, parameters)); }
static int fault_memory(void) { return reached(syscall(SYS_userfaultfd, 1)); }
static int load_bpf(void)
{
    union bpf_attr attributes = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1 };
    return reached(syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes));
}
static int watch_processor(void)
{
    struct perf_event_attr event = { .type = PERF_TYPE_SOFTWARE, .size = sizeof event };
    return reached(syscall(SYS_perf_event_open, &event, victim, -1, -1, 0));
}
static int load_module(void) { return reached(syscall(SYS_finit_module, -1, "", 0)); }
static int load_kernel(void) { return reached(syscall(SYS_kexec_load, 0, 17, NULL, 0)); }
static int reboot_machine(void) { return reached(syscall(SYS_reboot, 0, 0, 0, 0)); }
static int set_clock(void) { return reached(syscall(SYS_settimeofday, (void *)1, NULL)); }
static int rename_host(void) { return reached(syscall(SYS_sethostname, "", -1)); }
static int use_ports(void) { return reached(syscall(SYS_ioperm, 0x80, 1, 1)); }
static int swap_on(void) { return reached(swapon("/", 0)); }
static int keep_key(void) { return reached(syscall(SYS_add_key, "user", "escape", "x", 1, -3)); }
static int set_quota(void) { return reached(syscall(SYS_quotactl, QCMD(Q_SYNC, USRQUOTA), NULL, 0, NULL)); }
static int watch_all_files(void) { return reached(syscall(SYS_fanotify_init, 0, 0)); }
static int keep_account(void) { return reached(syscall(SYS_acct, "/")); }
static int read_kernel_log(void) { char text[16]; return reached(syscall(SYS_syslog, 3, text, 16)); }
static int type_into_terminal(void) { int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY); return fd >= 0 && reached(ioctl(fd, TIOCSTI, "x")); }

// The network.
static struct sockaddr_in loopback(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}
static int connect_elsewhere(void)
{
    struct sockaddr_in address = loopback();
    return connect(socket(AF_INET, SOCK_STREAM, 0), (void *)&address, sizeof address) == 0;
}
static int send_datagram(void)
{
    struct sockaddr_in address = loopback();
    return sendto(socket(AF_INET, SOCK_DGRAM, 0), "x", 1, 0, (void *)&address, sizeof address) == 1;
}
static int open_packets(void) { return socket(AF_PACKET, SOCK_RAW, 0) >= 0; }
static int open_raw(void) { return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) >= 0; }
static int open_vsock(void) { return socket(AF_VSOCK, SOCK_STREAM, 0) >= 0; }
static int open_crypto(void) { return socket(AF_ALG, SOCK_SEQPACKET, 0) >= 0; }
static int open_audit(void) { return socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT) >= 0; }
static int connect_abstract(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    size_t length = strlen(abstract_name);
    memcpy(address.sun_path + 1, abstract_name, length);
    return connect(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&address, offsetof(struct sockaddr_un, sun_path) + 1 + length) == 0;
}
static int disconnect(void) { struct sockaddr none = { .sa_family = AF_UNSPEC }; return connect(0, &none, sizeof none); }
static int reconnect(void)
{
    struct sockaddr_in address = loopback();
    disconnect();
    return connect(0, (void *)&address, sizeof address) == 0;
}
static int reconnect_by_sending(void)
{
    struct sockaddr_in address = loopback();
    disconnect();
    return sendto(0, "x", 1, MSG_FASTOPEN, (void *)&address, sizeof address) >= 0;
}
static int listen_on_socket(void) { disconnect(); return listen(0, 1) == 0; }

#define ATTEMPT(name) { #name, name }
static const struct { const char *name; int (*run)(void); } attempts[] = {
    ATTEMPT(read_file), ATTEMPT(read_by_dots), ATTEMPT(read_by_own_root), ATTEMPT(read_by_root_of_another),
    ATTEMPT(read_by_descriptor_of_another), ATTEMPT(read_by_symbolic_link), ATTEMPT(read_by_hard_link), ATTEMPT(read_by_exchange),
    ATTEMPT(read_by_handle), ATTEMPT(list_directory), ATTEMPT(execute_file), ATTEMPT(write_file), ATTEMPT(truncate_file),
    ATTEMPT(truncate_by_open), ATTEMPT(create_file), ATTEMPT(create_directory), ATTEMPT(remove_file), ATTEMPT(move_out),
    ATTEMPT(change_mode), ATTEMPT(make_device), ATTEMPT(leave_set_user_id), ATTEMPT(leave_set_user_id_at_once),
    ATTEMPT(inherited_descriptors),
    ATTEMPT(open_memory), ATTEMPT(open_kernel_log), ATTEMPT(open_disk), ATTEMPT(write_core_pattern), ATTEMPT(write_sysrq),
    ATTEMPT(write_users), ATTEMPT(write_uevent_helper), ATTEMPT(leave_cgroup), ATTEMPT(kill_cgroup),
    ATTEMPT(read_environment), ATTEMPT(read_maps), ATTEMPT(read_memory), ATTEMPT(read_superds_environment),
    ATTEMPT(write_superds_memory), ATTEMPT(open_superds_descriptor), ATTEMPT(trace), ATTEMPT(trace_superd),
    ATTEMPT(read_memory_by_call), ATTEMPT(write_memory_by_call), ATTEMPT(steal_descriptor), ATTEMPT(send_signal),
    ATTEMPT(send_signal_to_superd), ATTEMPT(send_signal_to_thread), ATTEMPT(queue_signal), ATTEMPT(send_signal_by_pidfd),
    ATTEMPT(limit_process), ATTEMPT(compare_kernel_objects), ATTEMPT(move_pages_of), ATTEMPT(advise_memory),
    ATTEMPT(new_user_namespace), ATTEMPT(new_mount_namespace), ATTEMPT(clone_namespace), ATTEMPT(clone3_namespace),
    ATTEMPT(enter_namespace), ATTEMPT(mount_by_descriptor), ATTEMPT(clone_mount), ATTEMPT(unmount), ATTEMPT(change_root),
    ATTEMPT(move_root), ATTEMPT(become_root), ATTEMPT(become_another), ATTEMPT(run_set_user_id), ATTEMPT(take_capabilities),
    ATTEMPT(gain_privileges_again), ATTEMPT(weaken_layout), ATTEMPT(foreign_calls), ATTEMPT(old_calls),
    ATTEMPT(io_uring), ATTEMPT(fault_memory), ATTEMPT(load_bpf), ATTEMPT(watch_processor), ATTEMPT(load_module), ATTEMPT(load_kernel),
    ATTEMPT(reboot_machine), ATTEMPT(set_clock), ATTEMPT(rename_host), ATTEMPT(use_ports), ATTEMPT(swap_on), ATTEMPT(keep_key),
    ATTEMPT(set_quota), ATTEMPT(watch_all_files), ATTEMPT(keep_account), ATTEMPT(read_kernel_log), ATTEMPT(type_into_terminal),
    ATTEMPT(connect_elsewhere), ATTEMPT(send_datagram), ATTEMPT(open_packets), ATTEMPT(open_raw), ATTEMPT(open_vsock),
    ATTEMPT(open_crypto), ATTEMPT(open_audit), ATTEMPT(connect_abstract),
    ATTEMPT(mount_file_system), ATTEMPT(bind_directory),
    // These use the client's socket up, so they come last.
    ATTEMPT(reconnect), ATTEMPT(reconnect_by_sending), ATTEMPT(listen_on_socket),
};

static int has_privileges(void)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct data[2] = { 0 };
    syscall(SYS_capget, &header, data);
    return data[0].effective != 0 || data[1].effective != 0 || geteuid() != getuid();
}

int main(int count, char **words)
{
    if (count == 2) return has_privileges();
    place = words[1], others = words[2], victim = atoi(words[3]), superd = atoi(words[4]), port = atoi(words[5]), abstract_name = words[6];
    privileged = words[7], cgroup = words[8];
    int results = open(own("results"), O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (results < 0 || dup2(results, 7) != 7) return 2;
    if (results != 7) close(results);
    signal(SIGTTOU, SIG_IGN);
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
        pid_t child = fork();
        if (child == 0) { alarm(5); _exit(attempts[i].run() ? 1 : 0); }
        int status = 0;
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) { }
        dprintf(7, "%s %s\n", attempts[i].name, WIFEXITED(status) && WEXITSTATUS(status) == 1 ? "ESCAPED" : "refused");
    }
    dprintf(7, "end\n");
    return 0;
}
