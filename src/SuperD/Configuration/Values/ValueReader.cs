using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>The context in which the value of a key is read: the key's name, its file, and how to report problems.</summary>
/// <param name="key">The key's name as shown: <c>instances</c>, <c>rlimit.nofile</c>.</param>
/// <param name="example">A valid value in TOML.</param>
/// <param name="file">The file as shown in messages.</param>
/// <param name="problems">Receives the problems.</param>
/// <param name="remedy">What to do about a value of the right type that is not allowed; called only for such a value.</param>
internal sealed class ValueReader(string key, string example, string file, Problems problems, Func<string> remedy)
{
    /// <summary>The key's name as shown.</summary>
    public string Key => key;

    /// <summary>Whether the value is an element of an array.</summary>
    public bool IsInArray { get; private init; }

    /// <summary>Whether nothing is reported, so that a message needs no suggestion, which is itself found by trial.</summary>
    public bool IsTrial { get; private init; }

    /// <summary>The place of a node.</summary>
    public Place At(TomlNode node) => new(file, node.Span);

    /// <summary>A value with the place of its node.</summary>
    public Written<T> Written<T>(T value, TomlNode node) => new(value, At(node));

    /// <summary>Reports a value of the wrong type. Returns false, as all reports do, for the TryRead to return.</summary>
    public bool WrongType(TomlNode node, string allowed) =>
        Fail(node, $"{key} must be {allowed}, found {Wording.ShowWithKind(node)}; for example {key} = {example}");

    /// <summary>Reports a value of the right type that is not allowed.</summary>
    /// <param name="node">The value.</param>
    /// <param name="allowed">What is allowed.</param>
    /// <param name="meant">The string that was most likely meant, which must be valid; null without a guess.</param>
    public bool NotAllowed(TomlNode node, string allowed, string? meant = null)
    {
        string advice = meant is null ? remedy() : $"did you mean {Wording.QuoteWhole(meant)}?";
        return Fail(node, $"{key} must be {allowed}, found {Wording.Show(node)}; {advice}");
    }

    /// <summary>Reports any other problem.</summary>
    public bool Fail(TomlNode node, string message)
    {
        problems.Error(At(node), message);
        return false;
    }

    /// <summary>Reports a warning.</summary>
    public void Warn(TomlNode node, string message) => problems.Warning(At(node), message);

    /// <summary>The reader of a key inside a table value: <c>penalty.exempt</c>.</summary>
    public ValueReader Enter(string inner, string innerExample) =>
        new($"{key}.{inner}", innerExample, file, problems, () => $"for example {key}.{inner} = {innerExample}");

    /// <summary>The reader of the elements of an array.</summary>
    public ValueReader EnterArray() => new(key, example, file, problems, remedy) { IsInArray = true };

    /// <summary>A reader that reports nothing, to try whether a text is valid.</summary>
    public ValueReader ForTrial() => new(key, example, file, new Problems(), () => "") { IsTrial = true };

    /// <summary>Reports an unknown key inside a table value.</summary>
    public bool UnknownKey(TomlEntry entry, params string[] known)
    {
        string hint = NearestName.Find(entry.Key, known) is { } near
            ? $"did you mean '{key}.{near}'?"
            : $"known are {string.Join(", ", known)}";
        problems.Error(new Place(file, entry.KeySpan), $"unknown key {Wording.Quote($"{key}.{entry.Key}")}; {hint}");
        return false;
    }

    /// <summary>The string of a node; false, and reported, when it is not one or contains a NUL, which no system call accepts.</summary>
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
