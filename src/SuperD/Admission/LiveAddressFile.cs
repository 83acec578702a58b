namespace SuperD.Admission;

/// <summary>A file of addresses in use, by any number of lists.</summary>
internal sealed class LiveAddressFile(AddressList addresses)
{
    /// <summary>Its addresses when it was last read and found good. Changed on the loop only.</summary>
    public AddressList Addresses { get; set; } = addresses;
}
