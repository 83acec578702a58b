using SuperD.Configuration.Toml;
using SuperD.Linux;

namespace SuperD.Configuration.Values;

/// <summary>A capability by its name: <c>"net_bind_service"</c>, <c>"CAP_NET_BIND_SERVICE"</c>.</summary>
internal sealed class CapabilityForm : ValueForm<CapabilitySet>
{
    private const string Allowed = "a capability such as \"net_bind_service\"";

    public override string Type => "name";

    public override Schema Schema => Schema.Any(
        Schema.Words(CapabilitySet.AllNames),
        Schema.Text($"(?:[Cc][Aa][Pp]_)?(?:{string.Join('|', CapabilitySet.AllNames.Select(Schema.AnyCase))})"));

    public override bool TryRead(TomlNode node, ValueReader reader, out CapabilitySet value)
    {
        value = default;
        if (!reader.TryText(node, Allowed, out string name))
        {
            return false;
        }

        return CapabilitySet.TryFind(name, out value) || reader.Fail(
            node, $"{reader.Key}: there is no capability {Wording.Quote(name)}; {Advice(name)}");
    }

    private static string Advice(string name)
    {
        string plain = Plain(name);
        string[] words = [.. name.Split([',', ' ', '+'], StringSplitOptions.RemoveEmptyEntries).Select(Plain)];
        string[] begun = [.. CapabilitySet.AllNames.Where(known => plain.Length > 2 && known.StartsWith(plain, StringComparison.Ordinal))];
        return words.Length == 0 ? "capabilities = [] leaves the program none"
            : plain is "all" or "full"
            ? "name those that the program needs; without the key it has all of its user's, or none in a sandbox"
            : words.Length > 1 && words.All(CapabilitySet.AllNames.Contains)
            ? $"write each as a string of its own: [{string.Join(", ", words.Select(Wording.Quote))}]"
            : begun is [var only] ? $"did you mean \"{only}\"?"
            : NearestName.Find(plain, CapabilitySet.AllNames) is { } near
            ? $"did you mean \"{near}\"?"
            : "'man 7 capabilities' lists them";
    }

    private static string Plain(string name) => name.ToLowerInvariant().Replace("cap_", "", StringComparison.Ordinal);
}
