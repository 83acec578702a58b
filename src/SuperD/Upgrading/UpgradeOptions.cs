using SuperD.Linux;

namespace SuperD.Upgrading;

/// <summary>What an upgrade needs to know of how superd was started.</summary>
/// <param name="OwnArguments">How many of the arguments at the end of the command line are superd's own; before them stands the program, and a runtime that runs it.</param>
/// <param name="FlushLog">Waits until all that was logged is written, for so long at most.</param>
/// <param name="Last">What superd's last version has left; null when this one was started.</param>
internal sealed record UpgradeOptions(int OwnArguments, Action<TimeSpan> FlushLog, LastVersion? Last);

/// <summary>What superd's last version, an earlier image of this process, has left.</summary>
internal sealed record LastVersion(Handover Handover, InheritedDescriptors Descriptors)
{
    /// <summary>The variable that tells the next version the number of the file with the handover.</summary>
    public const string Variable = "SUPERD_UPGRADE";

    /// <summary>The name of that file.</summary>
    public const string FileName = "superd-upgrade";

    /// <summary>Takes it, once, first of all.</summary>
    /// <param name="problem">Not null: there is something, and it cannot be understood.</param>
    /// <returns>Null when this superd was started.</returns>
    public static LastVersion? TryTake(out string? problem)
    {
        problem = null;
        string? number = Environment.GetEnvironmentVariable(Variable);
        Environment.SetEnvironmentVariable(Variable, null);
        ProcessImage.TakeName();
        if (!int.TryParse(number, out int fd) || MemoryFile.Take(FileName, fd) is not { } json)
        {
            return null;
        }

        return HandoverJson.Read(json, out problem) is { } handover ? new LastVersion(handover, new InheritedDescriptors(handover.Descriptors)) : null;
    }
}
