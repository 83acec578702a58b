using System.Globalization;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>Why a small file was not read.</summary>
public enum SmallFileProblem
{
    /// <summary>It was read.</summary>
    None,

    /// <summary>A system call failed with <see cref="SmallFile.Errno"/>.</summary>
    Unreadable,

    /// <summary>It is not a regular file, see <see cref="SmallFile.Status"/>.</summary>
    WrongKind,

    /// <summary>It is larger than the limit.</summary>
    TooLarge,
}

/// <summary>The result of reading a whole file. superd reads every file this way that a user names or can change.</summary>
/// <remarks>
/// Another file can appear at a path between a check and the open, so nothing is concluded from the path:
/// 1. Open it with O_PATH, which has no side effects: a FIFO does not block, and a device does not act on being opened (a watchdog).
/// 2. Check the type of the open descriptor. Open only a regular file for reading, through that descriptor, so it is the same file.
/// 3. Read up to the limit, whatever size the file claims: files of /proc claim 0, and others grow while they are read.
/// O_NONBLOCK is for regular files of /proc and /sys that wait for data (/proc/kmsg). May block on the disk; any thread.
/// </remarks>
public sealed class SmallFile
{
    private const int FirstBuffer = 4096;
    private const int Reading = LibC.O_RDONLY | LibC.O_NONBLOCK | LibC.O_NOCTTY | LibC.O_CLOEXEC;
    private const string OwnDescriptors = "/proc/self/fd/";

    private readonly int _largest;

    private SmallFile(int largest) => _largest = largest;

    /// <summary>Why the file was not read; None when it was.</summary>
    public SmallFileProblem Problem { get; private init; }

    /// <summary>The errno of <see cref="SmallFileProblem.Unreadable"/>; otherwise 0.</summary>
    public int Errno { get; private init; }

    /// <summary>Type, mode and owner, read from the open descriptor; meaningless when unreadable.</summary>
    public FileStatus Status { get; private init; }

    /// <summary>The stamp, read from the descriptor before the first byte: a change during the read gives the file another stamp.</summary>
    public FileStamp Stamp { get; private init; }

    /// <summary>The content; empty when there is a problem.</summary>
    public byte[] Bytes { get; private init; } = [];

    /// <summary>Whether the file was read.</summary>
    public bool IsGood => Problem == SmallFileProblem.None;

    /// <summary>The problem as the end of a sentence that starts with the file: <c>is a FIFO, not a regular file</c>.</summary>
    public string Why => Problem switch
    {
        SmallFileProblem.WrongKind => $"is {FileWords.Of(Status.Kind)}, not a regular file",
        SmallFileProblem.TooLarge => $"is too large, more than {_largest.ToString(CultureInfo.InvariantCulture)} bytes",
        _ => $"cannot be read: {Linux.Errno.Describe(Errno)}",
    };

    /// <summary>Reads a file; follows symbolic links.</summary>
    /// <param name="largest">In bytes; a larger file is <see cref="SmallFileProblem.TooLarge"/>.</param>
    public static SmallFile Read(string path, int largest)
    {
        SmallFile opened = Open(path, largest, out Fd? file);
        using (file)
        {
            return file is null ? opened : opened.Drain(file);
        }
    }

    /// <summary>Opens a file as <see cref="Read"/> does but reads nothing, to check that it can be read.</summary>
    public static SmallFile Look(string path, int largest)
    {
        SmallFile opened = Open(path, largest, out Fd? file);
        file?.Dispose();
        return opened;
    }

    /// <summary>Reads the first bytes of a file of any length; empty when it cannot be read.</summary>
    public static byte[] ReadStart(string path, int length)
    {
        byte[] start = new byte[length];
        _ = Open(path, int.MaxValue, out Fd? file);
        using (file)
        {
            return file is null ? [] : start[..Math.Max(0, file.Read(start).Value)];
        }
    }

    /// <summary>Reads a file named on the command line like <see cref="Read"/>, with an exception for descriptors.</summary>
    /// <remarks>
    /// <c>/dev/stdin</c> and <c>/dev/fd/N</c> are read to their end, whatever they are: the user connected them to superd, as a shell does
    /// for <c>&lt;(command)</c>, and expects it to wait.
    /// </remarks>
    public static SmallFile ReadArgument(string path, int largest)
    {
        if (DescriptorOf(path) is not { } number)
        {
            return Read(path, largest);
        }

        // Duplicate the number. Opening a pipe by path would create a second reader, and O_NONBLOCK keeps it from waiting for the writer.
        int duplicate = LibC.fcntl(number, LibC.F_DUPFD_CLOEXEC, 3);
        if (duplicate < 0)
        {
            return Unreadable(Marshal.GetLastPInvokeError());
        }

        using var file = new Fd(duplicate);
        int errno = FileStatus.TryRead(file, out FileStatus status, out FileStamp stamp);
        return errno != 0 ? Unreadable(errno) : new SmallFile(largest) { Status = status, Stamp = stamp }.Drain(file);
    }

    /// <summary>Reads an open file from its current offset to its end; null on an error or above the limit.</summary>
    internal static byte[]? Drain(Fd file, int largest) => new SmallFile(largest).Drain(file) is { IsGood: true } read ? read.Bytes : null;

    private static SmallFile Open(string path, int largest, out Fd? file)
    {
        file = null;
        int found = path.Contains('\0') ? -1 : LibC.open(path, LibC.O_PATH | LibC.O_CLOEXEC, 0);
        if (found < 0)
        {
            return Unreadable(path.Contains('\0') ? Linux.Errno.EINVAL : Marshal.GetLastPInvokeError());
        }

        using var place = new Fd(found);
        SmallFile seen = Judge(place, largest);
        if (!seen.IsGood)
        {
            return seen;
        }

        int opened = LibC.open(OwnDescriptors + found.ToString(CultureInfo.InvariantCulture), Reading, 0);
        if (opened < 0 && Marshal.GetLastPInvokeError() == Linux.Errno.ENOENT)
        {
            opened = LibC.open(path, Reading, 0); // /proc is not mounted
        }

        if (opened < 0)
        {
            return Unreadable(Marshal.GetLastPInvokeError());
        }

        file = new Fd(opened);
        seen = Judge(file, largest);
        if (!seen.IsGood)
        {
            file.Dispose();
            file = null;
        }

        return seen;
    }

    private static SmallFile Judge(Fd file, int largest)
    {
        int errno = FileStatus.TryRead(file, out FileStatus status, out FileStamp stamp);
        return errno != 0 ? Unreadable(errno) : new SmallFile(largest)
        {
            Status = status,
            Stamp = stamp,
            Problem = status.Kind != FileKind.Regular ? SmallFileProblem.WrongKind
                : status.Size > (ulong)largest ? SmallFileProblem.TooLarge
                : SmallFileProblem.None,
        };
    }

    private SmallFile Drain(Fd file)
    {
        // One byte above the limit shows that the file is too large.
        int most = (int)Math.Min(_largest + 1L, Array.MaxLength);
        byte[] buffer = new byte[(int)Math.Min(Math.Max(Status.Size + 1, FirstBuffer), (ulong)most)];
        int length = 0;
        while (true)
        {
            if (length == buffer.Length)
            {
                if (length == most)
                {
                    return new SmallFile(_largest) { Status = Status, Stamp = Stamp, Problem = SmallFileProblem.TooLarge };
                }

                Array.Resize(ref buffer, (int)Math.Min(length * 2L, most));
            }

            SysResult read = file.Read(buffer.AsSpan(length));
            if (read.IsError)
            {
                return Unreadable(read.Errno);
            }

            if (read.Value == 0)
            {
                return new SmallFile(_largest) { Status = Status, Stamp = Stamp, Bytes = buffer[..length] };
            }

            length += read.Value;
        }
    }

    private static SmallFile Unreadable(int errno) => new(0) { Problem = SmallFileProblem.Unreadable, Errno = errno };

    private static int? DescriptorOf(string path)
    {
        if (path == "/dev/stdin")
        {
            return 0;
        }

        string? number = path.StartsWith("/dev/fd/", StringComparison.Ordinal) ? path["/dev/fd/".Length..]
            : path.StartsWith(OwnDescriptors, StringComparison.Ordinal) ? path[OwnDescriptors.Length..]
            : null;
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int descriptor) ? descriptor : null;
    }
}
