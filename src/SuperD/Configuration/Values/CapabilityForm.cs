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
        string plain = name.ToLowerInvariant().Replace("cap_", "", StringComparison.Ordinal);
        return NearestName.Find(plain, CapabilitySet.AllNames) is { } near
            ? $"did you mean \"{near}\"?"
            : "'man 7 capabilities' lists them";
    }
}
