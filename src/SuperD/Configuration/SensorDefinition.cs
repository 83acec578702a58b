namespace SuperD.Configuration;

/// <summary>A trap: whoever connects is refused by all services for a time. Key <c>sensor</c>.</summary>
/// <param name="Time">How long, from the last visit.</param>
/// <param name="Exempt">Who may visit it without consequences.</param>
internal sealed record SensorDefinition(TimeSpan Time, AddressListDefinition Exempt);
