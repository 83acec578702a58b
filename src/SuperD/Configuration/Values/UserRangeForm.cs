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
        value = DynamicUserDefinition.DefaultRange;
        if (!reader.TryText(node, s_allowed, out string text))
        {
            return false;
        }

        if (UserRange.TryParse(text, out UserRange? range) && range is { First: > 0, Last: <= Largest } && range.Last - range.First < Most)
        {
            value = range;
            return true;
        }

        return reader.NotAllowed(node, s_allowed);
    }
}
