namespace SuperD.Configuration.Toml;

/// <summary>Reads a word that stands where a value is expected: a boolean, a number, a date or time.</summary>
internal static class TomlScalarReader
{
    /// <summary>The value, or null when the word is none.</summary>
    /// <param name="problem">What is wrong with a word that is nearly a value; null when it resembles none, and was meant as text.</param>
    public static TomlNode? Read(ReadOnlySpan<char> word, SourceSpan span, out string? problem)
    {
        problem = null;
        switch (word)
        {
            case "true":
                return new TomlBoolean(true, span);
            case "false":
                return new TomlBoolean(false, span);
            case "inf" or "+inf":
                return new TomlFloat(double.PositiveInfinity, span);
            case "-inf":
                return new TomlFloat(double.NegativeInfinity, span);
            case "nan" or "+nan" or "-nan":
                return new TomlFloat(double.NaN, span);
        }

        if (TomlDateTimeReader.IsDateOrTimeShaped(word))
        {
            return TomlDateTimeReader.Read(word, out problem) is { } value ? new TomlDateTime(value, span) : null;
        }

        if (TomlNumberReader.Read(word, span, out problem) is { } number)
        {
            return number;
        }

        problem ??= CommonMistake(word);
        return null;
    }

    // Compared without regard to case: True and YES are as common as yes.
    private static string? CommonMistake(ReadOnlySpan<char> word)
    {
        Span<char> lower = stackalloc char[8];
        int length = word.ToLowerInvariant(lower);
        ReadOnlySpan<char> known = length < 0 ? [] : lower[..length];
        string? remedy = known switch
        {
            "true" or "yes" or "on" => "is not a boolean; write true",
            "false" or "no" or "off" => "is not a boolean; write false",
            "null" or "nil" => "is not a value, TOML has none for absence; delete the line",
            "inf" or "+inf" or "-inf" or "nan" or "+nan" or "-nan" => $"is not a float; write {known}",
            _ => null,
        };
        return remedy is null ? null : $"{word} {remedy}";
    }
}
