using System.Globalization;
using SuperD.Cli;
using SuperD.Linux;

namespace SuperD.Upgrading;

/// <summary>The command line of <see cref="UpgradeCheckCommand"/>.</summary>
internal static class UpgradeCheckArguments
{
    /// <param name="configurationFile">The running superd's own.</param>
    /// <param name="passed">What the service manager has passed to it, which the check does not have.</param>
    public static IReadOnlyList<string> For(string configurationFile, IReadOnlyList<PassedSocket> passed) =>
    [
        UpgradeCheckCommand.Name,
        UpgradeCheckCommand.FormatOption,
        Handover.CurrentFormat.ToString(CultureInfo.InvariantCulture),
        "--config",
        configurationFile,
        .. passed.Where(socket => socket.Unfit is null).SelectMany(socket => (string[])[UpgradeCheckCommand.PassedOption, socket.Describe()]),
    ];
}
