namespace SuperD.Importing;

/// <summary>What is lost when a setting of the original is not imported, which decides what the import does about it.</summary>
internal enum ImportWeight
{
    /// <summary>Fewer clients come in with it. Without a counterpart the service is disabled, with the reason in its file.</summary>
    NarrowsAccess,

    /// <summary>The program may do less with it. Without a counterpart the file begins with a warning.</summary>
    NarrowsProgram,

    /// <summary>The service behaves differently with it. Without a counterpart the report says so.</summary>
    ChangesBehaviour,

    /// <summary>It changes no answer to a client. Without a counterpart the report says so.</summary>
    Cosmetic,
}
