using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>The name of an environment variable that a service may set or pass on.</summary>
internal sealed class VariableNameForm : ValueForm<string>
{
    /// <summary>The variables superd sets for a handler: a file that sets one of them would mislead the handler.</summary>
    private static readonly HashSet<string> s_ownNames =
    [
        "REMOTE_ADDR", "REMOTE_PORT", "REMOTE_HOST", "TCPREMOTEIP", "TCPREMOTEPORT", "TCPLOCALIP", "TCPLOCALPORT", "PROTO",
        "SUPERD_SERVICE", "SUPERD_CONNECTION", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES",
    ];

    /// <summary>The names that <see cref="WhatIsWrong"/> finds nothing wrong with.</summary>
    public static Schema OfName => Schema.Text($@"(?!(?:{string.Join('|', s_ownNames)})$)[^=\x00]+");

    public override string Type => "name";

    public override Schema Schema => OfName;

    public override bool TryRead(TomlNode node, ValueReader reader, out string value) =>
        reader.TryText(node, "an array of names", out value)
        && (WhatIsWrong(value) is not { } wrong || reader.Fail(node, $"{reader.Key}: {wrong}"));

    /// <summary>What is wrong with a name and what to do; null for a valid one.</summary>
    public static string? WhatIsWrong(string name)
    {
        if (name.Length == 0)
        {
            return "a variable name is empty; write one such as \"LANG\"";
        }

        if (name.AsSpan().ContainsAny('=', '\0'))
        {
            return $"the variable name {Wording.Quote(name)} holds a '=' or NUL, which no environment can carry; remove it";
        }

        return s_ownNames.Contains(name) ? $"{name} is set by superd for each connection; remove it" : null;
    }
}
