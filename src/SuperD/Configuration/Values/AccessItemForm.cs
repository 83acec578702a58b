using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>An address, a CIDR range or <c>"@FILE"</c>; for Unix sockets <c>"uid:1000"</c>, <c>"gid:adm"</c>, <c>"uid:*"</c>.</summary>
internal sealed class AccessItemForm : ValueForm<AccessItemConfig>
{
    private const string Allowed = "an address, a range such as \"10.0.0.0/8\", \"@FILE\", \"uid:USER\" or \"gid:GROUP\"";
    private const string User = "uid:", Group = "gid:", Everybody = "uid:*";

    /// <summary>A list of them; a single one may stand alone, and an empty list matches nobody.</summary>
    public static ListForm<AccessItemConfig> List { get; } =
        new(new AccessItemForm(), "addresses", oneAlone: true, mayBeEmpty: true);

    public override string Type => "address";

    public override Schema Schema => Schema.Text(
        $"(?:{IpPrefix.Pattern}|@{Schema.Characters}|uid:{Schema.Characters}|gid:{Schema.Characters})");

    public override bool TryRead(TomlNode node, ValueReader reader, out AccessItemConfig value)
    {
        value = new AccessItemConfig(default, null);
        if (!reader.TryText(node, Allowed, out string text))
        {
            return false;
        }

        if (text.StartsWith('@'))
        {
            value = new AccessItemConfig(default, text[1..]);
            return text.Length > 1 || reader.NotAllowed(node, Allowed);
        }

        bool isUser = text.StartsWith(User, StringComparison.Ordinal);
        if (isUser || text.StartsWith(Group, StringComparison.Ordinal))
        {
            Principal? who = text == Everybody ? null : PrincipalForm.FromText(text[User.Length..]);
            value = value with { Local = new LocalClientConfig(text, isUser ? who : null, isUser ? null : who) };
            return text.Length > User.Length || reader.NotAllowed(node, Allowed);
        }

        if (IpPrefix.WhatIsWrong(text, out IpPrefix prefix) is { } wrong)
        {
            string items = wrong == IpPrefix.SeveralAddresses ? Items(text, reader.IsInArray) : "";
            return reader.Fail(node, $"{reader.Key}: {Wording.Quote(text)} {wrong}{items}");
        }

        value = new AccessItemConfig(prefix, null);
        return true;
    }

    /// <summary>The items of a text that holds several, as they should be written; empty when they are not all addresses.</summary>
    private static string Items(string text, bool isInArray)
    {
        string[] words = text.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 2 || words.Any(word => IpPrefix.WhatIsWrong(word, out _) is not null))
        {
            return "";
        }

        string items = string.Join(", ", words.Select(Wording.QuoteWhole));
        return isInArray ? $": {items}" : $": [{items}]";
    }
}
