namespace SuperD.Admission;

/// <summary>What one check says, for <c>superd why</c>.</summary>
internal enum CheckOutcome
{
    /// <summary>Nothing is configured that it could refuse for.</summary>
    Off,

    Passes,

    Refuses,
}

/// <summary>One check of a client that is thought up, with what it goes by.</summary>
/// <param name="Check">The refusal it would be.</param>
/// <param name="Detail">The numbers or the list that decide; empty where nothing is configured.</param>
/// <param name="RetryAfter">When it is worth trying again; zero when that cannot be told.</param>
internal readonly record struct AdmissionCheck(Refusal Check, CheckOutcome Outcome, string Detail, TimeSpan RetryAfter);
