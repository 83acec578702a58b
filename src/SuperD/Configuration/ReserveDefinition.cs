namespace SuperD.Configuration;

/// <summary>The last <c>instances</c> of a service are kept for some clients. Key <c>reserve</c>.</summary>
/// <param name="Slots">How many: 1 or more, and fewer than there are instances.</param>
/// <param name="From">For whom.</param>
internal sealed record ReserveDefinition(int Slots, AddressListDefinition From);
