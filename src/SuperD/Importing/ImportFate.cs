namespace SuperD.Importing;

/// <summary>What became of a line of the imported file; of several for one line the last of this list counts.</summary>
internal enum ImportFate
{
    /// <summary>It means the same here.</summary>
    Mapped,

    /// <summary>It is imported, and there is something to know about it.</summary>
    Differs,

    /// <summary>superd has nothing for it.</summary>
    NotMapped,

    /// <summary>It was wrong where it came from.</summary>
    Wrong,

    /// <summary>Of a line that was written: superd would not take it, and its file was put aside.</summary>
    Aside,
}
