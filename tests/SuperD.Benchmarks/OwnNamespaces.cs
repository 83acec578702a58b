using System.Runtime.InteropServices;

namespace SuperD.Benchmarks;

/// <summary>Restarts the rig in its own namespaces: processes, network (loopback only) and mounts, with its files in memory.</summary>
/// <remarks>
/// For the attack, since a program that receives random bytes may do anything, and for the machines of the cluster. In here nobody outside
/// can reach it, and it cannot signal a stranger or fill a disk. However the rig ends, the kernel ends all its processes and frees its
/// files, so nothing is left to clean up.
/// </remarks>
internal static partial class OwnNamespaces
{
    private const string Mark = "SUPERD_BENCH_NAMESPACES";

    // The shell is process 1 and reaps orphans, so it must not exec the rig.
    private const string Script = $"""
        mount -t tmpfs -o mode=1777,size=4g attack /dev/shm && ip link set lo up || exit 1
        TMPDIR=/dev/shm {Mark}=1 "$@"
        exit $?
        """;

    /// <summary>Whether this process runs inside the namespaces.</summary>
    public static bool IsInside => Environment.GetEnvironmentVariable(Mark) is not null;

    /// <summary>Execs the rig inside; returns only on failure, with the reason.</summary>
    public static string Enter(string[] arguments)
    {
        string program = Environment.ProcessPath ?? throw new BenchException("this process does not know its program");
        string[] own = Path.GetFileName(program) == "dotnet" ? [program, Environment.GetCommandLineArgs()[0]] : [program];
        string[] line =
            [
                "unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--net", "--ipc", "--propagation", "private", "sh", "-c",
                Script, "sh", .. own, .. arguments,
            ];
        _ = Execute(line[0], [.. line, null]);
        return $"'unshare', of util-linux, did not start: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}";
    }

    [LibraryImport("libc", EntryPoint = "execvp", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execute(string file, string?[] arguments);
}
