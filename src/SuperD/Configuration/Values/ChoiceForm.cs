using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>One of a few words.</summary>
internal sealed class ChoiceForm<T>(params (string Word, T Meaning)[] choices) : ValueForm<T>
{
    /// <summary>The most words that fit the reference's column; with more, the key's help lists them.</summary>
    private const int MostWordsShown = 4;

    /// <summary>What people write for a word of superd's.</summary>
    private static readonly (string Foreign, string Own)[] s_synonyms =
    [
        ("wait", "queue"), ("hold", "queue"), ("reject", "refuse"), ("deny", "refuse"), ("drop", "refuse"), ("warning", "warn"),
        ("warn", "warning"), ("information", "info"), ("notice", "info"), ("/dev/null", "null"), ("none", "null"), ("client", "socket"),
    ];

    public override string Type => choices.Length <= MostWordsShown
        ? string.Join(" | ", choices.Select(choice => choice.Word))
        : $"one of {choices.Length} words";

    public override Schema Schema => Schema.Words(choices.Select(choice => choice.Word));

    public override bool TryRead(TomlNode node, ValueReader reader, out T value)
    {
        value = choices[0].Meaning;
        if (node is not TomlString written)
        {
            return reader.WrongType(node, Allowed);
        }

        foreach ((string word, T meaning) in choices)
        {
            if (word == written.Value)
            {
                value = meaning;
                return true;
            }
        }

        return reader.NotAllowed(node, Allowed, Guess(written.Value));
    }

    private string? Guess(string written)
    {
        string[] words = [.. choices.Select(choice => choice.Word)];
        string own = Array.Find(s_synonyms, synonym => synonym.Foreign == written).Own;
        return words.Contains(own) ? own : NearestName.Find(written, words);
    }

    private string Allowed
    {
        get
        {
            string[] words = [.. choices.Select(choice => $"\"{choice.Word}\"")];
            return words.Length == 1 ? words[0] : $"{string.Join(", ", words[..^1])} or {words[^1]}";
        }
    }
}
