namespace SuperD.Linux;

/// <summary>The numbers of the system calls made without glibc, for x86-64; another architecture needs a second table.</summary>
internal static class SystemCallNumber
{
    internal const long Write = 1;
    internal const long Open = 2;
    internal const long RtSigaction = 13;
    internal const long RtSigprocmask = 14;
    internal const long Dup2 = 33;
    internal const long Clone = 56;
    internal const long Execve = 59;
    internal const long Chdir = 80;
    internal const long Readlink = 89;
    internal const long Umask = 95;
    internal const long Setpgid = 109;
    internal const long Setsid = 112;
    internal const long Setgroups = 116;
    internal const long Setresuid = 117;
    internal const long Setresgid = 119;
    internal const long Capset = 126;
    internal const long Personality = 135;
    internal const long Setpriority = 141;
    internal const long SchedSetscheduler = 144;
    internal const long Prctl = 157;
    internal const long Chroot = 161;
    internal const long Gettid = 186;
    internal const long SchedSetaffinity = 203;
    internal const long Getdents64 = 217;
    internal const long ClockGettime = 228;
    internal const long ExitGroup = 231;
    internal const long Waitid = 247;
    internal const long Dup3 = 292;
    internal const long Prlimit64 = 302;
    internal const long Seccomp = 317;
    internal const long Execveat = 322;
    internal const long PidfdSendSignal = 424;
    internal const long Clone3 = 435;
    internal const long CloseRange = 436;
    internal const long Openat2 = 437;
    internal const long PidfdGetfd = 438;
    internal const long LandlockCreateRuleset = 444;
    internal const long LandlockAddRule = 445;
    internal const long LandlockRestrictSelf = 446;
}
