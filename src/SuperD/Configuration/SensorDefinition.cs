namespace SuperD.Configuration;

/// <summary>A trap: all services refuse a client that connects to it, for a time. Key <c>sensor</c>.</summary>
/// <param name="Time">How long, counted from the last visit.</param>
/// <param name="Exempt">Clients that may visit it without consequences.</param>
internal sealed record SensorDefinition(TimeSpan Time, AddressListDefinition Exempt);
