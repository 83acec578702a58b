namespace SuperD.Admission;

/// <summary>The result of one check, for <c>superd why</c>.</summary>
internal enum CheckOutcome
{
    /// <summary>Not configured, so it cannot refuse.</summary>
    Off,

    Passes,

    /// <summary>The client waits in the kernel's queue.</summary>
    Waits,

    Refuses,
}

/// <summary>One check of a hypothetical client, and the facts behind its result.</summary>
/// <param name="Check">The refusal it would cause.</param>
/// <param name="Detail">The numbers or the list that decide; empty if nothing is configured.</param>
/// <param name="RetryAfter">When it is worth trying again; zero if that is unknown.</param>
internal readonly record struct AdmissionCheck(Refusal Check, CheckOutcome Outcome, string Detail, TimeSpan RetryAfter);
