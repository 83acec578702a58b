namespace SuperD.Linux;

/// <summary>One system call of the child, as <see cref="LaunchRoutine"/> reads it: seven 64-bit words.</summary>
internal struct LaunchStep
{
    internal long Number;
    internal long A0;
    internal long A1;
    internal long A2;
    internal long A3;
    internal long A4;
    internal long A5;
}

/// <summary>Where <see cref="LaunchRoutine"/> leaves a failure: the step's address (0 = none failed) and its -errno.</summary>
internal struct LaunchFailure
{
    internal nint Step;
    internal long NegativeErrno;
}

/// <summary>What is only known at the launch itself, and so is filled into a copy of the plan's steps.</summary>
internal enum LaunchValue
{
    /// <summary>The launcher's descriptor slot that holds the socket.</summary>
    SocketSlot,

    /// <summary>The launcher's slot that holds the handler's stderr, or /dev/null.</summary>
    StderrSlot,

    /// <summary>The first descriptor above all launchers' slots.</summary>
    AboveSlots,

    /// <summary>The environment's pointer array.</summary>
    Environment,

    /// <summary>The text behind <c>LISTEN_PID=</c> in the environment.</summary>
    OwnPid,
}
