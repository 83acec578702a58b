namespace SuperD.Ending;

/// <summary>Those who may have made a stranger. A stranger that descends from another one has the same object. Loop only.</summary>
internal sealed class Makers(ProcessOwner[] owners)
{
    /// <summary>None: nobody knows. <see cref="MakerSearch"/> gives equal sets the same array.</summary>
    public ProcessOwner[] Owners { get; set; } = owners;
}
