using System.Globalization;
using SuperD.Linux;

namespace SuperD.Upgrading;

/// <summary>The command line with which a running superd asks an executable whether it can take over.</summary>
internal static class UpgradeCheckArguments
{
    public const string Command = "upgrade-check";
    public const string Format = "--format";
    public const string Passed = "--passed";
    public const string Nonce = "--nonce";

    /// <summary>EX_USAGE of sysexits.h: the executable does not know the question.</summary>
    public const int NotUnderstood = 64;

    /// <param name="nonce">The answer must repeat it; every question has another one.</param>
    /// <param name="configurationFile">The configuration of the running superd.</param>
    /// <param name="passed">The sockets that the service manager has passed to the running superd; the child does not have them.</param>
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
