namespace SuperD.Services;

/// <summary>What one stage leaves to the same stage of superd's next version.</summary>
/// <remarks>Upgrading/HandoverJson.cs lists the records that derive from it, each with the name that stands in the handover.</remarks>
internal abstract record StageHandover;
