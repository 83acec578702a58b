using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Sandbox;

/// <summary>Who runs superd and its handlers in the tests of jails.</summary>
internal static class Jails
{
    /// <summary>A superd of root with a handler of root.</summary>
    public const string Root = "root";

    /// <summary>A superd of root with a handler of nobody.</summary>
    public const string Nobody = "nobody";

    /// <summary>A superd of nobody.</summary>
    public const string WithoutRoot = "without root";

    /// <summary>A superd of nobody, whose handlers have users of subuid(5).</summary>
    public const string Subordinate = "by subuid";

    private const long FirstUser = 1_200_000_000, Users = 2048;

    /// <summary>Those that this machine can have: without root the user of the tests has all of them.</summary>
    public static IEnumerable<string> All =>
        NativeMethods.EffectiveUserId() == 0 ? [Root, Nobody, WithoutRoot, Subordinate] : [WithoutRoot];

    /// <summary>Those whose handlers have a pid namespace.</summary>
    public static IEnumerable<string> OfRoot => All.Where(HasRoot);

    /// <summary>Whether superd may make any namespace.</summary>
    public static bool HasRoot(string who) => who is Root or Nobody;

    /// <summary>A superd with one service in a jail.</summary>
    public static SandboxedHandler Start(string who, string exec, string keys = "")
    {
        bool isRoot = NativeMethods.EffectiveUserId() == 0;
        string[] wrapper = who == Subordinate ? SubordinateUsers.Give(Nobody, FirstUser, Users)
            : who == WithoutRoot && isRoot ? ["setpriv", $"--reuid={Nobody}", "--regid=nogroup", "--clear-groups"]
            : [];
        var directory = new TempDir();
        if (wrapper.Length > 0)
        {
            directory.OpenToAll(); // for the console's socket
        }

        string user = who == Subordinate ? "dynamic" : who != WithoutRoot ? who : isRoot ? Nobody : Environment.UserName;
        return new SandboxedHandler(
            user, "jail", exec, "stderr = 'socket'\n" + keys, new DaemonOptions { Wrapper = wrapper, Directory = directory });
    }

    /// <summary>What a shell script answers.</summary>
    public static string AskShell(string who, string script, string keys = "", string request = "")
    {
        using SandboxedHandler handler = Start(who, TomlText.ExecShell(script), keys);
        return handler.Ask(request);
    }
}
