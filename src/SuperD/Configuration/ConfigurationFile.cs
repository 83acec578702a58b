using SuperD.Configuration.Toml;
using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>Reads a configuration file whole, whatever it turns out to be: a FIFO, a directory, a device, nothing.</summary>
internal static class ConfigurationFile
{
    /// <summary>Far more than any configuration needs: beyond it the name is a mistake (a log, an image).</summary>
    public const int LargestSize = TomlDocument.MaxBytes;

    /// <summary>The file; null when it cannot be read, or others can change it, which is then reported. Symbolic links are followed.</summary>
    /// <param name="strict">Null: it may be anybody's.</param>
    /// <param name="largestSize">In bytes; a larger file is a mistake.</param>
    /// <param name="otherwise">What else can be done about a file that others can change.</param>
    public static SmallFile? Read(
        string path, Problems problems, StrictModes? strict, int largestSize = LargestSize, string otherwise = StrictWords.Off)
    {
        SmallFile file = SmallFile.Read(path, largestSize);
        string? why = file.IsGood ? StrictWords.WhatIsWrong(strict, path, file.Status, otherwise: otherwise) : Describe(path, file);
        if (why is null)
        {
            return file;
        }

        problems.Error(new Place(path, SourceSpan.WholeFile), why);
        return null;
    }

    private static string Describe(string path, SmallFile file)
    {
        bool isLink = FileStatus.TryRead(path, followLinks: false, out FileStatus itself) == 0 && itself.Kind == FileKind.SymbolicLink;
        return file.Problem switch
        {
            SmallFileProblem.WrongKind => $"{file.Why}; remove or rename it, or put a file in its place",
            SmallFileProblem.TooLarge => $"{file.Why}; is it a configuration file?",
            _ when isLink && file.Errno == Errno.ENOENT =>
                $"cannot be read: it is a symbolic link that leads nowhere: {Errno.Describe(file.Errno)}; repair or remove it",
            _ => file.Why,
        };
    }
}
