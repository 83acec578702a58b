namespace SuperD.Services;

/// <summary>What one stage hands over to the same stage of the next version.</summary>
/// <remarks>Upgrading/HandoverJson.cs lists the derived records, each with its name in the handover.</remarks>
internal abstract record StageHandover;
