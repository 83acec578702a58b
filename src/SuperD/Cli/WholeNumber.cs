using System.CommandLine.Parsing;
using System.Globalization;
using SuperD.Configuration;

namespace SuperD.Cli;

/// <summary>Parses numbers of the command line. A text that is not a number is an error like any other, in superd's words.</summary>
/// <remarks>
/// A validator must never ask for a value, because System.CommandLine throws if the value could not be parsed. So the parser checks the
/// range too, and a rule about several options asks only which of them were given.
/// </remarks>
internal static class WholeNumber
{
    /// <summary>Returns a parser for an option or argument.</summary>
    /// <param name="name">As the user writes it: <c>--repeat</c>, <c>ID</c>.</param>
    /// <param name="least">The smallest number accepted.</param>
    /// <param name="most">The largest number accepted; <see cref="long.MaxValue"/> = no limit, and none in the message.</param>
    public static Func<ArgumentResult, long?> Parser(string name, long least, long most = long.MaxValue) => result =>
        TryParse(result, result.Tokens is [.., var last] ? last.Value : string.Empty, name, least, most, out long number) ? number : null;

    /// <summary>Returns a parser for an argument that may be several numbers.</summary>
    public static Func<ArgumentResult, long[]> ListParser(string name, long least) => result =>
    {
        var numbers = new List<long>();
        foreach (Token token in result.Tokens)
        {
            if (!TryParse(result, token.Value, name, least, long.MaxValue, out long number))
            {
                break; // one error is enough
            }

            numbers.Add(number);
        }

        return [.. numbers];
    };

    private static bool TryParse(ArgumentResult result, string text, string name, long least, long most, out long number)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number)
            && number >= least && number <= most)
        {
            return true;
        }

        string range = most == long.MaxValue ? $"{least} or more" : $"from {least} to {most}";
        result.AddError($"{name} must be a whole number, {range}; found {Wording.Quote(text)}");
        return false;
    }
}
