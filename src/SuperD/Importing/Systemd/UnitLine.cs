namespace SuperD.Importing.Systemd;

/// <summary>A directive of a unit file.</summary>
/// <param name="Section">Without brackets.</param>
/// <param name="Value">Continued lines joined; empty resets what lines before it have said.</param>
internal sealed record UnitLine(SourceLine Place, string Section, string Key, string Value);
