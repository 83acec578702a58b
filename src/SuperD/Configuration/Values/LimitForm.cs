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
    private const string Unlimited = "unlimited";

    /// <summary>The pattern of a count, which has at most 19 digits.</summary>
    private const string Count = "0*[0-9]{1,19}";

    /// <summary>The words of other programs for no limit: systemd, ulimit, xinetd.</summary>
    private static readonly string[] s_unlimited = [Unlimited, "infinity", "infinite", "inf", "none", "max", "-1"];

    public override string Type => unit switch
    {
        LimitUnit.Bytes => "size",
        LimitUnit.Seconds => "duration",
        _ => "count",
    };

    public override Schema Schema => Schema.Any(
        Schema.Integer(0, long.MaxValue), Schema.Text($"(?:{OfOne})(?::(?:{OfOne}))?"));

    private string OfOne => Unlimited + '|' + unit switch
    {
        LimitUnit.Bytes => ByteSize.Pattern(0),
        LimitUnit.Seconds => $"{Duration.Pattern(Duration.Longest, inSeconds: true)}|{Count}",
        _ => Count,
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
            return reader.NotAllowed(text, Allowed, Guess(text.Value));
        }

        value = new ResourceLimit(resource, softLimit, hardLimit);
        return softLimit <= hardLimit
            || reader.Fail(
                text,
                $"{reader.Key} = {Wording.Quote(text.Value)}: the soft limit is above the hard limit, which no process may have; "
                + "swap them or write one value for both");
    }

    /// <summary>The limit that was most likely meant; null without a guess.</summary>
    private string? Guess(string text)
    {
        string[] parts = [.. text.Split(':').Select(part => GuessOne(part.Trim()) ?? "")];
        return parts.Length <= 2 && parts.All(part => TryReadOne(part, out _)) ? string.Join(':', parts) : null;
    }

    private string? GuessOne(string text) => text switch
    {
        _ when TryReadOne(text, out _) => text,
        _ when s_unlimited.Contains(text, StringComparer.OrdinalIgnoreCase) => Unlimited,
        _ => unit switch
        {
            LimitUnit.Bytes => UnitGuess.OfSize(text),
            LimitUnit.Seconds => UnitGuess.OfDuration(text),
            _ => null,
        },
    };

    private bool TryReadOne(ReadOnlySpan<char> text, out ulong limit)
    {
        if (text.SequenceEqual(Unlimited))
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
