namespace SuperD.Linux;

/// <summary>Capabilities that a program's file gives whoever executes it, see capabilities(7).</summary>
public static class FileCapabilities
{
    private const string Attribute = "security.capability";

    /// <summary>Whether a file has some. False when superd cannot read that.</summary>
    public static unsafe bool Has(string path) => LibC.getxattr(path, Attribute, null, 0) > 0;
}
