using SuperD.Configuration.Toml;
using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>Reads a configuration file, whatever its path turns out to be: a FIFO, a directory, a device, nothing.</summary>
internal static class ConfigurationFile
{
    /// <summary>Far more than any configuration needs: a larger file is named by mistake (a log, an image).</summary>
    public const int LargestSize = TomlDocument.MaxBytes;

    /// <summary>Reads a file; null, and reported, when that fails or untrusted users can change it. Follows symbolic links.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problems">Receives the problem.</param>
    /// <param name="strict">Checks who can change the file; null for no check.</param>
    /// <param name="largestSize">In bytes; a larger file is an error.</param>
    /// <param name="otherwise">The alternative to name when untrusted users can change it.</param>
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
