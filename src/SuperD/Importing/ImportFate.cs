namespace SuperD.Importing;

/// <summary>The outcome of a line of the imported file; if it has several, the last of this list counts.</summary>
internal enum ImportFate
{
    /// <summary>It means the same here.</summary>
    Mapped,

    /// <summary>It is imported, with a difference the user should know.</summary>
    Differs,

    /// <summary>superd has no counterpart.</summary>
    NotMapped,

    /// <summary>It is an error in the original too.</summary>
    Wrong,

    /// <summary>For a line of a written file: superd rejects it, so the file was put aside.</summary>
    Aside,
}
