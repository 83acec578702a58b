using System.Text.Json;

namespace SuperD.Tests.Support;

/// <summary>Writes values as TOML: a JSON string of plain text is a TOML basic string too.</summary>
internal static class TomlText
{
    /// <summary>Makes handlers run as the user of the tests; explicit, so that there is no warning when that is root.</summary>
    public static string OwnUser { get; } = $"user = {Of(Environment.UserName)}\n";

    public static string Of(string text) => JsonSerializer.Serialize(text);

    public static string Of(params string[] texts) => $"[{string.Join(", ", texts.Select(text => Of(text)))}]";

    /// <summary>An <c>exec</c> line that runs a shell script.</summary>
    public static string ExecShell(string script) => $"exec = {Of("/bin/sh", "-c", script)}\n";

    /// <summary>An <c>exec</c> line that runs the test handler.</summary>
    public static string ExecTestHandler(params string[] arguments) => $"exec = {Of([SuperdProgram.TestHandler, .. arguments])}\n";
}
