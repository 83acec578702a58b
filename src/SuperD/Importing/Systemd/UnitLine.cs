namespace SuperD.Importing.Systemd;

/// <summary>A directive of a unit file.</summary>
/// <param name="Place">Its first line.</param>
/// <param name="Section">Without brackets.</param>
/// <param name="Key">Its name.</param>
/// <param name="Value">Continued lines joined; an empty value resets the lines before it.</param>
internal sealed record UnitLine(SourceLine Place, string Section, string Key, string Value);
