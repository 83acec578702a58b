namespace SuperD.Importing.Xinetd;

/// <summary>One row of the table of xinetd's attributes.</summary>
/// <param name="Name">In lower case.</param>
/// <param name="Traits">How xinetd reads it.</param>
/// <param name="Words">The number of values it takes; 0 for any number. xinetd ignores a line with another number of values.</param>
/// <param name="Weight">What is lost without it.</param>
/// <param name="Here">Its counterpart in a service file; <see cref="None"/> without one.</param>
/// <param name="Note">The difference, or why there is no counterpart; empty without a difference. No capital and no final dot.</param>
internal sealed record XinetdAttribute(string Name, XinetdTraits Traits, int Words, ImportWeight Weight, string Here, string Note = "")
{
    /// <summary>The value of <see cref="Here"/> without a counterpart.</summary>
    public const string None = "-";

    /// <summary>Whether it has a trait.</summary>
    public bool Is(XinetdTraits trait) => Traits.HasFlag(trait);
}
