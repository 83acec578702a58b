using System.CommandLine.Parsing;
using System.Globalization;
using SuperD.Configuration;

namespace SuperD.Cli;

/// <summary>Numbers of the command line, read by parsers of superd's own: what is no number is an error like any other, with superd's words.</summary>
/// <remarks>
/// A validator must never ask for a value: of one that could not be read, System.CommandLine throws. So a parser checks the range as well, and
/// a rule about several options asks only which of them were written.
/// </remarks>
internal static class WholeNumber
{
    /// <summary>A parser for an option or argument.</summary>
    /// <param name="name">As the user writes it: <c>--repeat</c>, <c>ID</c>.</param>
    /// <param name="most"><see cref="long.MaxValue"/>: no bound that a person could meet.</param>
    public static Func<ArgumentResult, long?> Parser(string name, long least, long most = long.MaxValue) => result =>
    {
        string text = result.Tokens is [.., var last] ? last.Value : string.Empty;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && number >= least && number <= most)
        {
            return number;
        }

        string range = most == long.MaxValue ? $"{least} or more" : $"from {least} to {most}";
        result.AddError($"{name} must be a whole number, {range}; found {Wording.Quote(text)}");
        return null;
    };
}
