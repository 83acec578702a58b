using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Ending;

/// <summary>The limits of a group as the kernel reads them.</summary>
internal static class LimitSettings
{
    /// <summary>The period of cpu.max, the kernel's default, in microseconds.</summary>
    private const int Period = 100_000;

    private const string NoLimit = "max";

    /// <summary>What to write; a limit that is null is lifted.</summary>
    /// <param name="controllers">Those that the group has.</param>
    /// <param name="isOne">Whether its processes are one handler's, which are killed together.</param>
    public static IReadOnlyList<CgroupSetting> Of(GroupLimits limits, CgroupControllers controllers, bool isOne)
    {
        var settings = new List<CgroupSetting>();
        if (controllers.HasFlag(CgroupControllers.Memory))
        {
            // Without swap, or the limit would only slow a program down, and with it the machine. A kernel without swap has no such file.
            settings.Add(new CgroupSetting("memory.swap.max", limits.Memory is null ? NoLimit : "0", Errno.ENOENT));
            settings.Add(new CgroupSetting("memory.max", limits.Memory?.ToString() ?? NoLimit));
            if (isOne)
            {
                settings.Add(new CgroupSetting("memory.oom.group", "1")); // or a parent would go on without the child that was killed
            }
        }

        if (controllers.HasFlag(CgroupControllers.Pids))
        {
            settings.Add(new CgroupSetting("pids.max", limits.Processes?.ToString() ?? NoLimit));
        }

        if (controllers.HasFlag(CgroupControllers.Cpu))
        {
            string most = limits.Cpu is { } percent ? $"{(long)percent * Period / 100}" : NoLimit;
            settings.Add(new CgroupSetting("cpu.max", $"{most} {Period}"));
        }

        if (controllers.HasFlag(CgroupControllers.Io))
        {
            string bytes = limits.Io?.ToString() ?? NoLimit;
            settings.AddRange(Disks.Numbers()
                .Select(disk => new CgroupSetting("io.max", $"{disk} rbps={bytes} wbps={bytes}", Errno.ENODEV))); // it may be taken out
        }

        return settings;
    }
}
