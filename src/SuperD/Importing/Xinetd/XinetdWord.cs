namespace SuperD.Importing.Xinetd;

/// <summary>One row of the tables of the words of <c>flags</c> and <c>type</c>.</summary>
/// <param name="Name">The word.</param>
/// <param name="Weight">What is lost without it.</param>
/// <param name="Here">Its counterpart in a service file; <see cref="XinetdAttribute.None"/> without one.</param>
/// <param name="Note">The difference, or why there is no counterpart; empty without a difference.</param>
internal sealed record XinetdWord(string Name, ImportWeight Weight, string Here, string Note = "");
