using System.Globalization;
using SuperD.Configuration.Toml;
using SuperD.Linux;

namespace SuperD.Configuration.Values;

/// <summary>The unit of a resource limit.</summary>
internal enum LimitUnit
{
    Bytes,
    Seconds,
    Count,
}

/// <summary>A resource limit: one value for both soft and hard limit, or <c>"soft:hard"</c>; <c>"unlimited"</c> for none.</summary>
internal sealed class LimitForm(Resource resource, LimitUnit unit) : ValueForm<ResourceLimit>
{
    public override string Type => unit switch
    {
        LimitUnit.Bytes => "size",
        LimitUnit.Seconds => "duration",
        _ => "count",
    };

    private string Allowed => unit switch
    {
        LimitUnit.Bytes => ByteSize.Form,
        LimitUnit.Seconds => "a number of seconds or a duration such as \"10s\", in whole seconds",
        _ => "a count, 0 or more",
    } + ", \"unlimited\", or \"soft:hard\"";

    public override bool TryRead(TomlNode node, ValueReader reader, out ResourceLimit value)
    {
        value = default;
        switch (node)
        {
            case TomlInteger number:
                value = new ResourceLimit(resource, unchecked((ulong)number.Value), unchecked((ulong)number.Value));
                return number.Value >= 0 || reader.NotAllowed(node, Allowed);
            case TomlString text:
                return TryReadText(text, reader, out value);
            default:
                return reader.WrongType(node, Allowed);
        }
    }

    private bool TryReadText(TomlString text, ValueReader reader, out ResourceLimit value)
    {
        int colon = text.Value.IndexOf(':');
        ReadOnlySpan<char> soft = colon < 0 ? text.Value : text.Value.AsSpan(0, colon);
        ReadOnlySpan<char> hard = text.Value.AsSpan(colon + 1);
        value = default;
        if (!TryReadOne(soft, out ulong softLimit) || !TryReadOne(hard, out ulong hardLimit))
        {
            return reader.NotAllowed(text, Allowed);
        }

        value = new ResourceLimit(resource, softLimit, hardLimit);
        return softLimit <= hardLimit
            || reader.Fail(
                text,
                $"{reader.Key} = {Wording.Quote(text.Value)}: the soft limit is above the hard limit, which no process may have; "
                + "swap them or write one value for both");
    }

    private bool TryReadOne(ReadOnlySpan<char> text, out ulong limit)
    {
        if (text.SequenceEqual("unlimited"))
        {
            limit = ResourceLimit.Unlimited;
            return true;
        }

        switch (unit)
        {
            case LimitUnit.Bytes:
                return ByteSize.TryParse(text, out limit);
            case LimitUnit.Seconds when Duration.TryParse(text.ToString(), out TimeSpan duration):
                limit = (ulong)duration.TotalSeconds;
                return duration.Milliseconds == 0;
            default:
                return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit <= long.MaxValue;
        }
    }
}
