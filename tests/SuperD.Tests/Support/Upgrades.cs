using System.Text.Json;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace SuperD.Tests.Support;

/// <summary>Upgrades a test's superd to its next version, which is the same program again.</summary>
internal static partial class Upgrades
{
    public const string Request = """{"command":"upgrade"}""";

    /// <summary>
    /// Upgrades through the console; returns when the next version has answered, and fails the test if it did not take over.
    /// </summary>
    /// <returns>The reply's <c>upgrade</c>.</returns>
    public static JsonElement Upgrade(this Daemon daemon)
    {
        // On a busy machine the JIT build may take longer to start than superd
        // waits: then nothing has changed, and the request is repeated.
        JsonElement reply = default;
        Patience.Until(
            () =>
            {
                reply = ConsoleSocket.Ask(daemon, Request);
                return !reply.ToString().Contains("did not answer within", StringComparison.Ordinal);
            },
            "the next version answers");
        Assert.That(reply.GetProperty("ok").GetBoolean(), Is.True, reply.ToString());
        JsonElement upgrade = reply.GetProperty("upgrade");
        Assert.That(upgrade.GetProperty("pid").GetInt32(), Is.EqualTo(daemon.Pid), "the process is the same");
        return upgrade;
    }

    /// <summary>Requests an upgrade that must fail; returns the error.</summary>
    public static string RefuseToUpgrade(this Daemon daemon)
    {
        JsonElement reply = ConsoleSocket.Ask(daemon, Request);
        Assert.That(reply.GetProperty("ok").GetBoolean(), Is.False, reply.ToString());
        Assert.That(reply.GetProperty("kind").GetString(), Is.EqualTo("upgrade_failed"));
        return reply.GetProperty("error").GetString()!; // a reply that is not ok has an error
    }

    /// <summary>superd's own report of its services.</summary>
    public static string ServicesOf(Daemon daemon) =>
        RefusedLately().Replace(ConsoleSocket.Ask(daemon, """{"command":"status"}""").GetProperty("services").ToString(), "");

    /// <summary>Which an upgrade begins anew.</summary>
    [GeneratedRegex("""
        "refused_lately":{[^}]*},
        """)]
    private static partial Regex RefusedLately();
}
