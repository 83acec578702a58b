using System.Text;

namespace SuperD.Configuration;

/// <summary>A short name for everything of a superd that must not be mixed up with that of another superd with another superd.toml.</summary>
internal static class ServerMark
{
    /// <summary><c>superd-1a2b3c4d</c>, from the file's absolute path.</summary>
    public static string Of(string configurationFile)
    {
        // FNV-1a: nobody chooses the name, so it need not withstand anybody.
        uint hash = 2166136261;
        foreach (byte value in Encoding.UTF8.GetBytes(Path.GetFullPath(configurationFile)))
        {
            hash = (hash ^ value) * 16777619;
        }

        return $"superd-{hash:x8}";
    }
}
