namespace SuperD.Linux;

/// <summary>The numbers of the system calls made without glibc. All are calls that each processor has: no open(2), no dup2(2).</summary>
internal static class SystemCallNumber
{
    internal static ByProcessor Write => new(1, 64);
    internal static ByProcessor Close => new(3, 57);
    internal static ByProcessor RtSigaction => new(13, 134);
    internal static ByProcessor RtSigprocmask => new(14, 135);
    internal static ByProcessor Clone => new(56, 220);
    internal static ByProcessor Execve => new(59, 221);
    internal static ByProcessor Chdir => new(80, 49);
    internal static ByProcessor Umask => new(95, 166);
    internal static ByProcessor Setpgid => new(109, 154);
    internal static ByProcessor Setsid => new(112, 157);
    internal static ByProcessor Setgroups => new(116, 159);
    internal static ByProcessor Setresuid => new(117, 147);
    internal static ByProcessor Setresgid => new(119, 149);
    internal static ByProcessor Capset => new(126, 91);
    internal static ByProcessor Personality => new(135, 92);
    internal static ByProcessor Setpriority => new(141, 140);
    internal static ByProcessor SchedSetscheduler => new(144, 119);
    internal static ByProcessor PivotRoot => new(155, 41);
    internal static ByProcessor Prctl => new(157, 167);
    internal static ByProcessor Chroot => new(161, 51);
    internal static ByProcessor Mount => new(165, 40);
    internal static ByProcessor Umount2 => new(166, 39);
    internal static ByProcessor Sethostname => new(170, 161);
    internal static ByProcessor Gettid => new(186, 178);
    internal static ByProcessor SchedSetaffinity => new(203, 122);
    internal static ByProcessor Getdents64 => new(217, 61);
    internal static ByProcessor ClockGettime => new(228, 113);
    internal static ByProcessor ExitGroup => new(231, 94);
    internal static ByProcessor Waitid => new(247, 95);
    internal static ByProcessor Openat => new(257, 56);
    internal static ByProcessor Mkdirat => new(258, 34);
    internal static ByProcessor Mknodat => new(259, 33);
    internal static ByProcessor Unlinkat => new(263, 35);
    internal static ByProcessor Symlinkat => new(266, 36);
    internal static ByProcessor Readlinkat => new(267, 78);
    internal static ByProcessor Ppoll => new(271, 73);
    internal static ByProcessor Unshare => new(272, 97);
    internal static ByProcessor Dup3 => new(292, 24);
    internal static ByProcessor Prlimit64 => new(302, 261);
    internal static ByProcessor Setns => new(308, 268);
    internal static ByProcessor Seccomp => new(317, 277);
    internal static ByProcessor Execveat => new(322, 281);
    internal static ByProcessor PidfdSendSignal => new(424, 424);
    internal static ByProcessor OpenTree => new(428, 428);
    internal static ByProcessor MoveMount => new(429, 429);
    internal static ByProcessor Clone3 => new(435, 435);
    internal static ByProcessor CloseRange => new(436, 436);
    internal static ByProcessor Openat2 => new(437, 437);
    internal static ByProcessor PidfdGetfd => new(438, 438);
    internal static ByProcessor MountSetattr => new(442, 442);
    internal static ByProcessor LandlockCreateRuleset => new(444, 444);
    internal static ByProcessor LandlockAddRule => new(445, 445);
    internal static ByProcessor LandlockRestrictSelf => new(446, 446);
}
