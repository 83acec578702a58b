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
    private const string Deleted = " (deleted)";

    /// <summary>Reads what the kernel has noted at the start.</summary>
    /// <exception cref="IOException">/proc cannot be read.</exception>
    public static ProcessImage Read() => new(FindPath(), Split("/proc/self/cmdline"), Split("/proc/self/environ"));

    /// <summary>This process becomes another program. Its children stay its children, and these descriptors stay open; all others close.</summary>
    /// <remarks>
    /// Does not return when it succeeds, but in the program's own main. Signals that were held back (<see cref="HeldSignals"/>) are
    /// blocked there, so that none is lost: <see cref="InheritedState.TakeOver"/> leaves them so, and <see cref="ReleaseSignals"/> ends it.
    /// </remarks>
    /// <returns>An errno of execve(2): everything is as it was before.</returns>
    public SysResult Replace(IReadOnlyList<int> kept)
    {
        using var arguments = new Strings(Arguments);
        using var environment = new Strings(Environment);
        byte[] path = [.. Encoding.UTF8.GetBytes(Path), 0];
        SetCloseOnExec(kept, false);
        int errno;
        fixed (byte* text = path)
        {
            _ = LibC.execve(text, arguments.Pointers, environment.Pointers);
            errno = Marshal.GetLastPInvokeError();
        }

        SetCloseOnExec(kept, true);
        return SysResult.Error(errno);
    }

    /// <summary>Has the signals delivered that were held back before <see cref="Replace"/>. On the first thread, which is the one that held them back, when they are waited for.</summary>
    public static void ReleaseSignals() => SignalMask.Clear();

    private static string FindPath()
    {
        string? started = Marshal.PtrToStringUTF8(LibC.getauxval(AT_EXECFN));
        if (!string.IsNullOrEmpty(started))
        {
            string full = System.IO.Path.GetFullPath(started);
            bool isNumber = full.StartsWith("/dev/fd/", StringComparison.Ordinal) || full.StartsWith("/proc/", StringComparison.Ordinal);
            if (!isNumber && File.Exists(full))
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
