namespace SuperD.Linux;

/// <summary>The machine's block devices, as a limit of a cgroup names them.</summary>
public static class Disks
{
    private const string Folder = "/sys/block";

    /// <summary>The number of each, <c>259:0</c>, without their partitions; compressed memory and empty drives are left out.</summary>
    public static string[] Numbers()
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries(Folder)
                .Where(path => !Path.GetFileName(path).StartsWith("zram", StringComparison.Ordinal))
                .Where(path => KernelFile.ReadText(path + "/size") is { } size && size.TrimEnd() != "0")
                .Select(path => KernelFile.ReadText(path + "/dev")?.TrimEnd() ?? "")
                .Where(number => number.Length > 0)];
        }
        catch (IOException)
        {
            return []; // no sysfs
        }
    }
}
