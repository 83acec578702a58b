namespace SuperD.Tests.Support;

/// <summary>A user who is not root and may become any other.</summary>
internal static class CapableUser
{
    public const string Id = "54318";

    /// <summary>The command that starts superd as this user.</summary>
    public static string[] Wrapper { get; } =
    [
        "setpriv", $"--reuid={Id}", $"--regid={Id}", "--clear-groups", "--inh-caps=+setuid,+setgid", "--ambient-caps=+setuid,+setgid"
    ];

    /// <summary>Skips the test where there cannot be one.</summary>
    public static void Need()
    {
        Needs.Root();
        Needs.Success(Wrapper[0], [.. Wrapper[1..], "true"]);
    }
}
