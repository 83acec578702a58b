using System.Runtime.InteropServices;

namespace SuperD.Benchmarks;

/// <summary>
/// The rig starts once more in namespaces of its own: processes, network (loopback alone) and mounts, with its files in memory.
/// </summary>
/// <remarks>
/// What is attacked with random bytes may do anything: it cannot be reached from elsewhere, signal a stranger or fill a disk. However the
/// rig ends, the kernel ends every process of it and gives back its files: nothing need be cleaned up.
/// </remarks>
internal static partial class OwnNamespaces
{
    private const string Mark = "SUPERD_BENCH_NAMESPACES";

    // The shell is process 1 and reaps what nobody else does: so it must not become the rig.
    private const string Script = $"""
        mount -t tmpfs -o mode=1777,size=4g attack /dev/shm && ip link set lo up || exit 1
        TMPDIR=/dev/shm {Mark}=1 "$@"
        exit $?
        """;

    /// <summary>Whether this process is the one inside.</summary>
    public static bool IsInside => Environment.GetEnvironmentVariable(Mark) is not null;

    /// <summary>Becomes the rig inside; returns only with the reason why not.</summary>
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
