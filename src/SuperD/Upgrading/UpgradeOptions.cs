using SuperD.Linux;

namespace SuperD.Upgrading;

/// <summary>How superd was started, as far as an upgrade needs to know it.</summary>
/// <param name="OwnArguments">
/// How many arguments at the end of the command line are superd's own. Before them are the program, and the runtime that runs it, if any.
/// </param>
/// <param name="FlushLog">Blocks until the log is written, or for the given time at most; returns whether it is written.</param>
/// <param name="Last">What superd's last version has left; null when there was none.</param>
internal sealed record UpgradeOptions(int OwnArguments, Func<TimeSpan, bool> FlushLog, LastVersion? Last);

/// <summary>What superd's last version, an earlier image of this process, has left to this one.</summary>
internal sealed record LastVersion(Handover Handover, InheritedDescriptors Descriptors)
{
    /// <summary>The environment variable with the descriptor number of the handover's file.</summary>
    public const string Variable = "SUPERD_UPGRADE";

    /// <summary>The name of that file.</summary>
    public const string FileName = "superd-upgrade";

    /// <summary>Takes it. Called once, before anything else.</summary>
    /// <param name="problem">Why a handover cannot be used; null when it can, or when there is none.</param>
    /// <returns>Null when there was no last version.</returns>
    public static LastVersion? TryTake(out string? problem)
    {
        problem = null;
        string? number = Environment.GetEnvironmentVariable(Variable);
        Environment.SetEnvironmentVariable(Variable, null);
        ProcessImage.Begin();
        if (!int.TryParse(number, out int fd) || MemoryFile.Take(FileName, fd) is not { } json)
        {
            return null;
        }

        return HandoverJson.Read(json, out problem) is { } handover
            ? new LastVersion(handover, new InheritedDescriptors(handover.Descriptors))
            : null;
    }
}
