namespace SuperD.Configuration.Toml;

/// <summary>The four date and time forms of TOML in one value: date and time, with or without an offset, or one of them alone.</summary>
/// <param name="Date">Null for a local time.</param>
/// <param name="Time">Null for a local date.</param>
/// <param name="Offset">From UTC; null for a local form.</param>
internal readonly record struct TomlDateTimeValue(DateOnly? Date, TimeOnly? Time, TimeSpan? Offset);
