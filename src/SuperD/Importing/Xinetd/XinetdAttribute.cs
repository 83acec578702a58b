namespace SuperD.Importing.Xinetd;

/// <summary>One row of the table of xinetd's attributes.</summary>
/// <param name="Name">In lower case.</param>
/// <param name="Words">How many values it takes; 0 for any number. A line with another number of them is ignored by xinetd.</param>
/// <param name="Here">What it is in a service file of superd; <see cref="None"/> when there is nothing for it.</param>
/// <param name="Note">What differs, or why there is nothing; empty when it is the same. A sentence without capital and dot.</param>
internal sealed record XinetdAttribute(string Name, XinetdTraits Traits, int Words, string Here, string Note = "")
{
    /// <summary>Stands in <see cref="Here"/> where superd has nothing.</summary>
    public const string None = "-";

    public bool Is(XinetdTraits trait) => Traits.HasFlag(trait);
}
