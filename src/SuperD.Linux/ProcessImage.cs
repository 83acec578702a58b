using System.Runtime.InteropServices;
using System.Text;

namespace SuperD.Linux;

/// <summary>The program, arguments and environment of this process, and how it replaces itself with another; see execve(2).</summary>
/// <param name="Path">
/// The path superd was started with, if a file is still there: a symbolic link may lead to a newer version by now.
/// </param>
/// <param name="Arguments">argv, byte for byte.</param>
/// <param name="Environment">The environment at the start, as NAME=VALUE.</param>
public sealed unsafe record ProcessImage(string Path, IReadOnlyList<byte[]> Arguments, IReadOnlyList<byte[]> Environment)
{
    private const nuint AT_EXECFN = 31;
    private const nint PR_SET_NAME = 15;
    private const string Deleted = " (deleted)";

    /// <summary>Passes the path to a program executed by descriptor, for which the kernel records no path.</summary>
    private const string PathVariable = "SUPERD_PATH";

    private static ReadOnlySpan<byte> PathVariablePrefix => "SUPERD_PATH="u8;

    /// <summary>See <see cref="Begin"/>, which only a superd that serves calls.</summary>
    private static byte[]? s_environment;

    /// <summary>Reads what the kernel recorded at the start of this process.</summary>
    /// <exception cref="IOException">/proc cannot be read; the message has the reason.</exception>
    public static ProcessImage Read()
    {
        List<byte[]> environment = Split(s_environment ?? File.ReadAllBytes("/proc/self/environ"));
        byte[]? variable = environment.Find(text => text.AsSpan().StartsWith(PathVariablePrefix));
        environment.RemoveAll(text => text.AsSpan().StartsWith(PathVariablePrefix));
        string? path = variable is null ? null : Encoding.UTF8.GetString(variable[PathVariablePrefix.Length..]);
        byte[] arguments = File.ReadAllBytes("/proc/self/cmdline");
        return new ProcessImage(FindPath(path), Split(arguments), environment);
    }

    /// <summary>Keeps the environment, and sets the process name that ps(1) and pgrep(1) show. Once, on the first thread.</summary>
    /// <remarks>
    /// The environment's file is root's alone from the moment that a superd without root has launched a handler of another user: until
    /// execve the child shares its memory. Before Linux 6.14 a program executed by descriptor is named after the descriptor's number; the
    /// name of the first thread is the process's.
    /// </remarks>
    public static void Begin()
    {
        s_environment = KernelFile.ReadBytes("/proc/self/environ");
        if (System.Environment.GetEnvironmentVariable(PathVariable) is { } path)
        {
            System.Environment.SetEnvironmentVariable(PathVariable, null);
            byte[] name = [.. Encoding.UTF8.GetBytes(System.IO.Path.GetFileName(path)), 0];
            fixed (byte* text = name)
            {
                _ = LibC.syscall((nint)SystemCallNumber.Prctl, PR_SET_NAME, (nint)text, 0, 0, 0);
            }
        }
    }

    /// <summary>Replaces this process with another program. Its children remain; only the kept descriptors stay open.</summary>
    /// <remarks>
    /// On success it does not return. Signals held by <see cref="HeldSignals"/> are still blocked in the new program, so none is lost:
    /// <see cref="InheritedState.Take"/> leaves them blocked until <see cref="ReleaseSignals"/>.
    /// </remarks>
    /// <param name="kept">The descriptors to keep open.</param>
    /// <param name="binary">The open file to execute, whatever <see cref="Path"/> leads to now; null = execute the path.</param>
    /// <returns>The errno of execve(2); nothing has changed then.</returns>
    public SysResult Replace(IReadOnlyList<int> kept, Fd? binary)
    {
        using var arguments = new Strings(Arguments);
        byte[] told = [.. PathVariablePrefix, .. Encoding.UTF8.GetBytes(Path)];
        using var environment = new Strings(binary is null ? Environment : [.. Environment, told]);
        byte[] path = binary is null ? [.. Encoding.UTF8.GetBytes(Path), 0] : [0];
        SetCloseOnExec(kept, false);
        int errno;
        fixed (byte* text = path)
        {
            _ = LibC.syscall(
                (nint)SystemCallNumber.Execveat,
                binary?.Value ?? LibC.AT_FDCWD,
                (nint)text,
                (nint)arguments.Pointers,
                (nint)environment.Pointers,
                binary is null ? 0 : LibC.AT_EMPTY_PATH);
            errno = Marshal.GetLastPInvokeError();
        }

        SetCloseOnExec(kept, true);
        return SysResult.Error(errno);
    }

    /// <summary>Unblocks the signals held before <see cref="Replace"/>, so that the kernel delivers them.</summary>
    /// <remarks>Call it on the first thread, which blocks them, once superd is ready to handle them.</remarks>
    public static void ReleaseSignals() => SignalMask.Clear();

    /// <param name="told">The value of <see cref="PathVariable"/>; null without it.</param>
    private static string FindPath(string? told)
    {
        string? started = Marshal.PtrToStringUTF8(LibC.getauxval(AT_EXECFN));
        if (!string.IsNullOrEmpty(started))
        {
            string? full = System.IO.Path.GetFullPath(started);
            bool isNumber = full.StartsWith("/dev/fd/", StringComparison.Ordinal) || full.StartsWith("/proc/", StringComparison.Ordinal);
            full = isNumber ? told : full;
            if (full is not null && File.Exists(full))
            {
                return full;
            }
        }

        string own = new FileInfo("/proc/self/exe").LinkTarget ?? throw new IOException("/proc/self/exe cannot be read");
        return own.EndsWith(Deleted, StringComparison.Ordinal) ? own[..^Deleted.Length] : own;
    }

    private static List<byte[]> Split(ReadOnlySpan<byte> left)
    {
        var texts = new List<byte[]>();
        for (int end = left.IndexOf((byte)0); end >= 0; end = left.IndexOf((byte)0))
        {
            texts.Add(left[..end].ToArray());
            left = left[(end + 1)..];
        }

        return texts;
    }

    private static void SetCloseOnExec(IReadOnlyList<int> numbers, bool isSet)
    {
        foreach (int number in numbers)
        {
            _ = LibC.fcntl(number, LibC.F_SETFD, isSet ? LibC.FD_CLOEXEC : 0);
        }
    }

    /// <summary>A null-terminated array of strings in native memory, as execve takes it.</summary>
    private sealed class Strings : IDisposable
    {
        private readonly int _count;

        public Strings(IReadOnlyList<byte[]> texts)
        {
            _count = texts.Count;
            Pointers = (byte**)NativeMemory.AllocZeroed((nuint)(texts.Count + 1), (nuint)sizeof(byte*));
            for (int i = 0; i < texts.Count; i++)
            {
                Pointers[i] = (byte*)NativeMemory.AllocZeroed((nuint)texts[i].Length + 1);
                texts[i].CopyTo(new Span<byte>(Pointers[i], texts[i].Length));
            }
        }

        public byte** Pointers { get; }

        public void Dispose()
        {
            for (int i = 0; i < _count; i++)
            {
                NativeMemory.Free(Pointers[i]);
            }

            NativeMemory.Free(Pointers);
        }
    }
}
