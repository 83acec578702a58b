using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>sys/shm.h, sys/msg.h and sys/sem.h.</summary>
internal static unsafe partial class LibC
{
    internal const int IPC_RMID = 0;

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int shmctl(int id, int command, nint argument);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int msgctl(int id, int command, nint argument);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int semctl(int id, int number, int command);
}
