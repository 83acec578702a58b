using System.Globalization;
using SuperD.Linux;

namespace SuperD.Upgrading;

/// <summary>The command line by which a running superd asks an executable whether it can take over.</summary>
internal static class UpgradeCheckArguments
{
    public const string Command = "upgrade-check";
    public const string Format = "--format";
    public const string Passed = "--passed";
    public const string Nonce = "--nonce";

    /// <summary>EX_USAGE of sysexits.h: it does not know the question.</summary>
    public const int NotUnderstood = 64;

    /// <param name="nonce">What the answer must repeat: another one for each question.</param>
    /// <param name="configurationFile">The running superd's own.</param>
    /// <param name="passed">What the service manager has passed to it, which the check does not have.</param>
    public static IReadOnlyList<string> For(string nonce, string configurationFile, IReadOnlyList<PassedSocket> passed) =>
    [
        Command,
        Format,
        Handover.CurrentFormat.ToString(CultureInfo.InvariantCulture),
        Nonce,
        nonce,
        "--config",
        configurationFile,
        .. passed.Where(socket => socket.Unfit is null).SelectMany(socket => (string[])[Passed, socket.Describe()]),
    ];
}
