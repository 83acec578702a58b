namespace SuperD.Tests.Support;

/// <summary>A kernel that lacks something.</summary>
internal static class LesserKernel
{
    /// <summary>A program that runs another one, for which a system call fails as on a kernel that does not have it.</summary>
    public static string Without(TempDir directory, string call, string errno) => CProgram.Compile(directory, $"without-{call}", $$"""
        #include <errno.h>
        #include <linux/filter.h>
        #include <linux/seccomp.h>
        #include <stddef.h>
        #include <sys/prctl.h>
        #include <sys/syscall.h>
        #include <unistd.h>
        #ifndef __NR_landlock_create_ruleset
        #define __NR_landlock_create_ruleset 444
        #endif
        int main(int argc, char **argv)
        {
            struct sock_filter code[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_{{call}}, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | {{errno}}),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
            };
            struct sock_fprog program = { sizeof code / sizeof *code, code };
            if (prctl(PR_SET_NO_NEW_PRIVS, geteuid() != 0, 0, 0, 0) && geteuid() != 0) return 1;
            if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) return 2;
            execvp(argv[1], argv + 1);
            return 3;
        }
        """);
}
