namespace SuperD.Linux;

/// <summary>The names of file types in messages.</summary>
public static class FileWords
{
    /// <summary>The type with its article: <c>a FIFO</c>.</summary>
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
