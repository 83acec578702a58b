using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>The circumstances in which one key's value is read: what it is called, where it stands, and how its problems are told.</summary>
/// <param name="key">The key's name as shown: <c>instances</c>, <c>rlimit.nofile</c>.</param>
/// <param name="example">A good value in TOML.</param>
/// <param name="remedy">What to do about a value of the right type that is not allowed; asked for only when there is one.</param>
internal sealed class ValueReader(string key, string example, string file, Problems problems, Func<string> remedy)
{
    public string Key => key;

    public Place At(TomlNode node) => new(file, node.Span);

    public Written<T> Written<T>(T value, TomlNode node) => new(value, At(node));

    /// <summary>Reports a value of the wrong type. Returns false, as all reports do: the answer of the TryRead that makes it.</summary>
    public bool WrongType(TomlNode node, string allowed) =>
        Fail(node, $"{key} must be {allowed}, found {Wording.ShowWithKind(node)}; for example {key} = {example}");

    /// <summary>Reports a value of the right type that is not allowed.</summary>
    public bool NotAllowed(TomlNode node, string allowed) =>
        Fail(node, $"{key} must be {allowed}, found {Wording.Show(node)}; {remedy()}");

    /// <summary>Reports any other problem, in the words given.</summary>
    public bool Fail(TomlNode node, string message)
    {
        problems.Error(At(node), message);
        return false;
    }

    public void Warn(TomlNode node, string message) => problems.Warning(At(node), message);

    /// <summary>The reader of a key inside a value that is a table: <c>penalty.exempt</c>.</summary>
    public ValueReader Enter(string inner, string innerExample) =>
        new($"{key}.{inner}", innerExample, file, problems, () => $"for example {key}.{inner} = {innerExample}");

    /// <summary>Reports a key that has no meaning inside a value that is a table.</summary>
    public bool UnknownKey(TomlEntry entry, params string[] known)
    {
        string hint = NearestName.Find(entry.Key, known) is { } near ? $"did you mean '{key}.{near}'?" : $"known are {string.Join(", ", known)}";
        problems.Error(new Place(file, entry.KeySpan), $"unknown key {Wording.Quote($"{key}.{entry.Key}")}; {hint}");
        return false;
    }

    /// <summary>The string of a node; false and reported when it is not one, or holds a NUL, which no system call could take.</summary>
    public bool TryText(TomlNode node, string allowed, out string text)
    {
        text = "";
        if (node is not TomlString written)
        {
            return WrongType(node, allowed);
        }

        if (written.Value.Contains('\0'))
        {
            return Fail(node, $"{key} holds a NUL character, which ends a string for Linux; remove it");
        }

        text = written.Value;
        return true;
    }
}
