using SuperD.Configuration.Toml;
using SuperD.Linux;

namespace SuperD.Configuration.Values;

/// <summary>A range of user ids: <c>"61184-65519"</c>.</summary>
internal sealed class UserRangeForm : ValueForm<UserRange>
{
    /// <summary>superd looks for what each of them has left behind, when the first is needed.</summary>
    private const int Most = 65536;

    /// <summary>(uid_t)-1 means nobody.</summary>
    private const uint Largest = uint.MaxValue - 1;

    private static readonly string s_allowed = $"a range of ids \"FIRST-LAST\", each from 1 to {Largest} and at most {Most} of them";

    public override string Type => "range of ids";

    public override Schema Schema => Schema.Text(OfRange(NumberPattern.Between(1, Largest)));

    private static string OfRange(string id) => $@"\s*{id}\s*-\s*{id}\s*";

    public override bool TryRead(TomlNode node, ValueReader reader, out UserRange value)
    {
        value = default;
        return reader.TryText(node, s_allowed, out string text)
            && ((UserRange.TryParse(text, out value)
                    && value is { First: > 0, Last: <= Largest } && value.Last - value.First < Most)
                || reader.NotAllowed(node, s_allowed));
    }
}
