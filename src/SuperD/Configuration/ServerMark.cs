using System.Text;

namespace SuperD.Configuration;

/// <summary>A short name that distinguishes the files of one superd from those of another with a different superd.toml.</summary>
internal static class ServerMark
{
    /// <summary><c>superd-1a2b3c4d</c>, from the file's absolute path.</summary>
    public static string Of(string configurationFile)
    {
        // FNV-1a: no attacker chooses the path, so the hash need not resist collisions.
        uint hash = 2166136261;
        foreach (byte value in Encoding.UTF8.GetBytes(Path.GetFullPath(configurationFile)))
        {
            hash = (hash ^ value) * 16777619;
        }

        return $"superd-{hash:x8}";
    }
}
