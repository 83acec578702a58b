using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Sandbox;

/// <summary>A superd with one service, whose handler runs in a sandbox.</summary>
internal sealed class SandboxedHandler : IDisposable
{
    public const string Service = "held";

    /// <param name="user">One of <see cref="Users"/>.</param>
    /// <param name="profile"><c>none</c>, <c>basic</c> or <c>strict</c>.</param>
    /// <param name="exec">An <c>exec</c> line.</param>
    /// <param name="keys">Further lines.</param>
    public SandboxedHandler(string user, string profile, string exec, string keys = "", DaemonOptions? options = null)
    {
        Daemon = Daemon.Start(options ?? new DaemonOptions(), (Service, Toml(user, profile, exec, keys)));
    }

    /// <summary>Whom handlers can run as: root and nobody, or the user of the tests.</summary>
    public static IEnumerable<string> Users =>
        NativeMethods.EffectiveUserId() == 0 ? ["root", "nobody"] : [Environment.UserName];

    /// <summary>The user with the fewest rights.</summary>
    public static string AnyUser => Users.Last();

    public Daemon Daemon { get; }

    /// <summary>A program's path that every user can execute, unlike one that the tests' own PATH may have first.</summary>
    public static string Program(string name)
    {
        string path = $"/usr/bin/{name}";
        Needs.File(path);
        return path;
    }

    public static string Toml(string user, string profile, string exec, string keys = "") =>
        $"listen = '127.0.0.1:0'\nuser = {TomlText.Of(user)}\nlogin_env = false\nsandbox = '{profile}'\n{exec}{keys}";

    /// <summary>An <c>exec</c> line of a Python program.</summary>
    public static string Python(string script) => $"exec = {TomlText.Of(Program("python3"), "-c", script)}\n";

    /// <summary>What a handler answers, errors included.</summary>
    public static string Ask(string user, string profile, string exec, string keys = "", string request = "")
    {
        using SandboxedHandler handler = new(user, profile, exec, "stderr = 'socket'\n" + keys);
        return handler.Ask(request);
    }

    /// <summary>What a shell script answers.</summary>
    public static string AskShell(string user, string profile, string script, string keys = "") =>
        Ask(user, profile, TomlText.ExecShell(script), keys);

    /// <summary>What a Python program answers.</summary>
    public static string AskPython(string user, string profile, string script, string keys = "") =>
        Ask(user, profile, Python(script), keys);

    /// <summary>Sends a request and the end of it, and reads the reply.</summary>
    public string Ask(string request = "")
    {
        using Client client = Daemon.Connect(Service);
        return client.Send(request).EndSending().ReadToEnd();
    }

    public void Dispose() => Daemon.Dispose();
}
