namespace SuperD.Importing.Xinetd;

/// <summary>One row of the tables of words that are values of <c>flags</c> and <c>type</c>.</summary>
/// <param name="Here">What it is in a service file of superd; <see cref="XinetdAttribute.None"/> when there is nothing for it.</param>
/// <param name="Note">What differs, or why there is nothing; empty when it is the same.</param>
internal sealed record XinetdWord(string Name, string Here, string Note = "");
