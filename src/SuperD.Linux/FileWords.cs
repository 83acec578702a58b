namespace SuperD.Linux;

/// <summary>What a kind of file is called in a message.</summary>
public static class FileWords
{
    public static string Of(FileKind kind) => kind switch
    {
        FileKind.Regular => "a regular file",
        FileKind.Directory => "a directory",
        FileKind.SymbolicLink => "a symbolic link",
        FileKind.Fifo => "a FIFO",
        FileKind.Socket => "a socket",
        _ => "a device",
    };
}
