using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace SuperD.Linux;

/// <summary>What the kernel takes a program's file for.</summary>
public enum ProgramKind
{
    /// <summary>superd cannot read it, so nothing is known.</summary>
    Unknown,

    /// <summary>The file has no bytes.</summary>
    Empty,

    /// <summary>It begins with <c>#!</c>.</summary>
    Script,

    /// <summary>An ELF file.</summary>
    Elf,

    /// <summary>Neither; the kernel runs it only if binfmt_misc knows it.</summary>
    Other,
}

/// <summary>The first bytes of a program's file as execve(2) reads them: its <c>#!</c> line or its ELF header.</summary>
public sealed record ProgramHead
{
    /// <summary>Holds the <c>#!</c> line, of which the kernel reads 256 bytes, and the start of every linker's ELF file.</summary>
    private const int Length = 4096;

    private const int LongestScriptLine = 256;

    // elf(5).
    private const int ElfObject = 1, ElfLoaded = 1, ElfInterpreter = 3, LongestHeaderTable = 64;

    /// <summary>What the file is.</summary>
    public ProgramKind Kind { get; private init; }

    /// <summary>The first bytes.</summary>
    public ReadOnlyMemory<byte> Bytes { get; private init; }

    /// <summary>The interpreter of the <c>#!</c> line, empty if it names none; of an ELF file its loader, empty if it has none.</summary>
    public string Interpreter { get; private init; } = "";

    /// <summary>The rest of the <c>#!</c> line: one argument, blanks included; empty if there is none.</summary>
    public string Argument { get; private init; } = "";

    /// <summary>Whether the <c>#!</c> line ends in CR LF; the CR then ends the argument, or the interpreter without one.</summary>
    public bool EndsInCarriageReturn { get; private init; }

    /// <summary>e_machine of an ELF file.</summary>
    public int Machine { get; private init; }

    /// <summary>Whether an ELF file is the output of a compiler that no linker has made a program of.</summary>
    public bool IsObject { get; private init; }

    /// <summary>
    /// Whether an ELF file has no program headers, or ends before them or before what they load: the kernel does not run it (ENOEXEC), or
    /// it dies of a signal at once.
    /// </summary>
    public bool IsCutShort { get; private init; }

    /// <summary>Reads the head of a regular file. May block on the disk; any thread.</summary>
    public static ProgramHead Read(string path)
    {
        if (FileStatus.TryRead(path, followLinks: true, out FileStatus status) != 0 || status.Kind != FileKind.Regular)
        {
            return new ProgramHead();
        }

        byte[] start = SmallFile.ReadStart(path, Length);
        return start.Length > 0
            ? Of(start, (long)status.Size)
            : new ProgramHead { Kind = status.Size == 0 ? ProgramKind.Empty : ProgramKind.Unknown };
    }

    /// <summary>Whether this machine runs an ELF file's code; true too where superd does not know.</summary>
    public bool IsForThisMachine => RuntimeInformation.OSArchitecture switch
    {
        // Kernels for the wider machine run the programs of the narrower one, too.
        Architecture.X64 => Machine is 62 or 3,
        Architecture.Arm64 => Machine is 183 or 40,
        _ => true,
    };

    /// <summary>The processor that an ELF file is for.</summary>
    public string MachineName => Machine switch
    {
        3 => "x86",
        8 => "MIPS",
        20 => "PowerPC",
        21 => "PowerPC 64",
        22 => "S/390",
        40 => "ARM",
        62 => "x86-64",
        183 => "AArch64",
        243 => "RISC-V",
        258 => "LoongArch",
        _ => $"another processor (ELF machine {Machine})",
    };

    private static ProgramHead Of(byte[] start, long size)
    {
        ReadOnlySpan<byte> bytes = start;
        return bytes.StartsWith("#!"u8) ? OfScript(start)
            : bytes.StartsWith("\u007FELF"u8) && bytes.Length >= LongestHeaderTable ? OfElf(start, size)
            : new ProgramHead { Kind = ProgramKind.Other, Bytes = start };
    }

    private static ProgramHead OfScript(byte[] start)
    {
        ReadOnlySpan<byte> line = start.AsSpan(2, Math.Min(start.Length, LongestScriptLine) - 2);
        int end = line.IndexOfAny((byte)'\n', (byte)0);
        string text = Encoding.UTF8.GetString(end < 0 ? line : line[..end]).Trim(' ', '\t');
        bool hasReturn = text.EndsWith('\r');
        text = text.TrimEnd('\r');
        int blank = text.IndexOfAny([' ', '\t']);
        return new ProgramHead
        {
            Kind = ProgramKind.Script,
            Bytes = start,
            Interpreter = blank < 0 ? text : text[..blank],
            Argument = blank < 0 ? "" : text[blank..].Trim(' ', '\t'),
            EndsInCarriageReturn = hasReturn,
        };
    }

    private static ProgramHead OfElf(byte[] start, long size)
    {
        bool isLittle = start[5] == 1, is64 = start[4] == 2;
        (long table, int stride, int count) = HeaderTable(start, is64, isLittle);
        return new ProgramHead
        {
            Kind = ProgramKind.Elf,
            Bytes = start,
            Machine = Short(start, 18, isLittle),
            IsObject = Short(start, 16, isLittle) == ElfObject,
            IsCutShort = count == 0 || table < 0 || table > size - ((long)stride * count)
                || Headers(start, is64, isLittle).Any(header => header.Type == ElfLoaded && header.Length > size - header.Offset),
            Interpreter = LoaderOf(start, is64, isLittle),
        };
    }

    /// <summary>The path in the program header PT_INTERP; empty without one, or when it is behind the bytes that were read.</summary>
    private static string LoaderOf(byte[] start, bool is64, bool isLittle)
    {
        foreach ((long type, long offset, long length) in Headers(start, is64, isLittle))
        {
            if (type == ElfInterpreter)
            {
                return offset >= 0 && length > 0 && length <= start.Length && offset <= start.Length - length
                    ? Encoding.UTF8.GetString(start, (int)offset, (int)length).TrimEnd('\0')
                    : "";
            }
        }

        return "";
    }

    /// <summary>The program headers among the bytes that were read, with the part of the file that each is about.</summary>
    private static IEnumerable<(long Type, long Offset, long Length)> Headers(byte[] start, bool is64, bool isLittle)
    {
        (long table, int stride, int count) = HeaderTable(start, is64, isLittle);
        for (int i = 0; i < count && stride >= 32; i++)
        {
            long header = table + ((long)i * stride);
            if (header < 0 || header > start.Length - LongestHeaderTable)
            {
                break;
            }

            int at = (int)header;
            yield return (
                Word(start, at, isLittle),
                is64 ? Long(start, at + 8, isLittle) : Word(start, at + 4, isLittle),
                is64 ? Long(start, at + 32, isLittle) : Word(start, at + 16, isLittle));
        }
    }

    private static (long Table, int Stride, int Count) HeaderTable(byte[] start, bool is64, bool isLittle) => (
        is64 ? Long(start, 32, isLittle) : Word(start, 28, isLittle),
        Short(start, is64 ? 54 : 42, isLittle),
        Short(start, is64 ? 56 : 44, isLittle));

    private static int Short(byte[] bytes, int at, bool isLittle) => isLittle
        ? BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at))
        : BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at));

    private static long Word(byte[] bytes, int at, bool isLittle) => isLittle
        ? BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at))
        : BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at));

    private static long Long(byte[] bytes, int at, bool isLittle) => isLittle
        ? BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at))
        : BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(at));
}
