namespace SuperD.Importing.Systemd;

/// <summary>One row of the table of systemd's directives.</summary>
/// <param name="Section">The section it stands in, without brackets.</param>
/// <param name="Name">Its name.</param>
/// <param name="Weight">What is lost without it.</param>
/// <param name="Here">Its counterpart in a service file; <see cref="None"/> without one.</param>
/// <param name="Note">Why there is no counterpart; empty with one. No capital and no final dot.</param>
internal sealed record SystemdDirective(string Section, string Name, ImportWeight Weight, string Here, string Note = "")
{
    /// <summary>The value of <see cref="Here"/> without a counterpart.</summary>
    public const string None = "-";
}
