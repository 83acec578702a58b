using System.Runtime.InteropServices;
using System.Text;

namespace SuperD.Linux;

/// <summary>What this process was started as, and how it becomes another program without becoming another process; see execve(2).</summary>
/// <param name="Path">The executable, by the path it was started with where that still leads to a file: so a link that leads to a newer version by now is followed.</param>
/// <param name="Arguments">argv, byte for byte.</param>
/// <param name="Environment">The environment it was started with, as NAME=VALUE.</param>
public sealed unsafe record ProcessImage(string Path, IReadOnlyList<byte[]> Arguments, IReadOnlyList<byte[]> Environment)
{
    private const nuint AT_EXECFN = 31;
    private const nint PR_SET_NAME = 15;
    private const string Deleted = " (deleted)";

    /// <summary>The variable that tells a program its path which was executed by a descriptor: the kernel has not noted it then.</summary>
    private const string PathVariable = "SUPERD_PATH";

    private static ReadOnlySpan<byte> PathVariablePrefix => "SUPERD_PATH="u8;

    /// <summary>Reads what the kernel has noted at the start.</summary>
    /// <exception cref="IOException">/proc cannot be read.</exception>
    public static ProcessImage Read()
    {
        List<byte[]> environment = Split("/proc/self/environ");
        byte[]? told = environment.Find(text => text.AsSpan().StartsWith(PathVariablePrefix));
        environment.RemoveAll(text => text.AsSpan().StartsWith(PathVariablePrefix));
        return new ProcessImage(FindPath(told is null ? null : Encoding.UTF8.GetString(told[PathVariablePrefix.Length..])), Split("/proc/self/cmdline"), environment);
    }

    /// <summary>Gives the process the name that ps(1) and pgrep(1) know it by: before Linux 6.14 one that was executed by a descriptor has that one's number.</summary>
    /// <remarks>On the first thread, whose name is the process's.</remarks>
    public static void TakeName()
    {
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

    /// <summary>This process becomes another program. Its children stay its children, and these descriptors stay open; all others close.</summary>
    /// <remarks>
    /// Does not return when it succeeds, but in the program's own main. Signals that were held back (<see cref="HeldSignals"/>) are
    /// blocked there, so that none is lost: <see cref="InheritedState.Take"/> leaves them so, and <see cref="ReleaseSignals"/> ends it.
    /// </remarks>
    /// <param name="binary">The open file to execute, whatever stands at <see cref="Path"/> now; null = the one that stands there, which may be a script.</param>
    /// <returns>An errno of execve(2): everything is as it was before.</returns>
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

    /// <summary>Has the signals delivered that were held back before <see cref="Replace"/>. On the first thread, which is the one that held them back, when they are waited for.</summary>
    public static void ReleaseSignals() => SignalMask.Clear();

    /// <param name="told">The path in <see cref="PathVariable"/>; null without it.</param>
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

    private static List<byte[]> Split(string file)
    {
        var texts = new List<byte[]>();
        ReadOnlySpan<byte> left = KernelFile.ReadBytes(file) ?? throw new IOException($"{file} cannot be read");
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

    /// <summary>Texts as execve takes them: pointers, the last one null.</summary>
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
