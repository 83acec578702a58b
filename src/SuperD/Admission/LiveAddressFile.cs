namespace SuperD.Admission;

/// <summary>An address file in use, shared by any number of lists.</summary>
internal sealed class LiveAddressFile(AddressList addresses)
{
    /// <summary>Its addresses when it was last read and valid. Changed on the loop only.</summary>
    public AddressList Addresses { get; set; } = addresses;
}
