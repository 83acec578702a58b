using System.CommandLine;
using System.CommandLine.Parsing;
using SuperD.Configuration;

namespace SuperD.Cli;

/// <summary>Describes the first error of a command line: what is wrong, and what was probably meant.</summary>
/// <remarks>
/// The parser takes an unknown option for an argument when the command has room for one, so that <c>tail -f</c> would look for a service
/// "-f". Here every word with a dash in front is an option, unless it follows <c>--</c>, is the value of an option, or is a number where
/// one is expected.
/// </remarks>
internal static class UsageError
{
    /// <summary>Returns the error without a full stop; null if there is none.</summary>
    public static string? Find(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;

        // The parser ignores a first word in brackets, which it takes for a directive.
        return parsed.Tokens is [{ Type: TokenType.Directive } word, ..] ? UnknownCommand(command, word.Value)
            : FindStray(parsed, command) is { } stray ? (IsOption(stray) ? UnknownOption(command, stray) : UnknownCommand(command, stray))
            : parsed.UnmatchedTokens is [var unmatched, ..] ? TooMuch(command, unmatched)
            : parsed.Errors is [var error, ..] ? Describe(error, command)
            : null;
    }

    /// <summary>The name that was probably meant, as <c> (did you mean 'status'?)</c>; empty if none is near.</summary>
    public static string DidYouMean(string written, IEnumerable<string> known) =>
        NearestName.FindAmongFew(written, known) is { } nearest ? $" (did you mean '{nearest}'?)" : string.Empty;

    /// <summary>The commands that a person may be shown.</summary>
    public static IEnumerable<string> VisibleNames(Command parent) =>
        parent.Subcommands.Where(command => !command.Hidden).Select(command => command.Name);

    private static bool IsOption(string word) => word is ['-', _, ..];

    /// <summary>The first word that is no option of the command, or stands where a command must; null if there is none.</summary>
    /// <remarks>A word after an unknown option may be its value, and is not taken for a command.</remarks>
    private static string? FindStray(ParseResult parsed, Command command)
    {
        bool takesCommand = command.Subcommands.Count > 0 && command.Arguments.Count == 0;
        bool takesNumbers = command.Arguments.Any(argument => argument.ValueType == typeof(long[]));
        bool isValue = false;
        foreach (Token token in parsed.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash))
        {
            bool isOption = IsOption(token.Value) && !(takesNumbers && char.IsAsciiDigit(token.Value[1]));
            if (token.Type == TokenType.Argument && !isValue && (isOption || takesCommand))
            {
                return token.Value;
            }

            isValue = token.Type == TokenType.Option && TakesValue(command, token.Value);
        }

        return null;
    }

    /// <summary>Whether the next word is the value of an option that the command or one above it has.</summary>
    private static bool TakesValue(Command command, string name) => OptionsOf(command)
        .Any(option => option.Arity.MinimumNumberOfValues > 0 && (option.Name == name || option.Aliases.Contains(name)));

    private static IEnumerable<Option> OptionsOf(Command command) =>
        command.Options.Concat(command.Parents.OfType<Command>().SelectMany(OptionsOf));

    private static string UnknownOption(Command command, string written)
    {
        string name = written.Split('=', 2)[0];
        if (OptionsOf(command).FirstOrDefault(option => option.Name == name || option.Aliases.Contains(name)) is { } early)
        {
            string value = early.Arity.MinimumNumberOfValues > 0 ? $" {early.HelpName}" : string.Empty;
            string right = string.Join(' ', ["superd", .. CommandLine.NamesOf(command), name]);
            return $"option '{name}' belongs after the command: {right}{value}";
        }

        string[] known = [.. OptionsOf(command).Where(option => !option.Hidden).Select(option => option.Name).Distinct()];
        string? meant = name.Length == 2 || name[1] != '-'
            ? known.FirstOrDefault(option => option.StartsWith($"--{name[1..]}", StringComparison.Ordinal))
            : known.FirstOrDefault(option => option.StartsWith(name, StringComparison.Ordinal)) ?? NearestName.FindAmongFew(name, known);
        if (name[1..].All(char.IsAsciiDigit) && OptionsOf(command).Any(option => option.Aliases.Contains("-n")))
        {
            meant = $"-n {name[1..]}";
        }

        return $"unknown option '{written}'{(meant is null ? "" : $" (did you mean {meant}?)")}";
    }

    private static string TooMuch(Command command, string word) =>
        command.Subcommands.Count > 0 && command.Arguments.Count == 0 ? UnknownCommand(command, word) : $"one argument too many: '{word}'";

    private static string UnknownCommand(Command parent, string word)
    {
        IReadOnlyList<string> path = CommandLine.NamesOf(parent);
        IEnumerable<string> options = parent.Options.Where(option => !option.Hidden).Select(option => option.Name);
        string? nearest = NearestName.FindAmongFew(word, VisibleNames(parent).Concat(options));
        string meant = nearest is null ? "" : $" (did you mean '{string.Join(' ', [.. path, nearest])}'?)";
        return $"there is no command '{string.Join(' ', [.. path, word])}'{meant}";
    }

    private static string Describe(ParseError error, Command command)
    {
        if (error.SymbolResult is ArgumentResult { Tokens.Count: 0 } argument && argument.Argument.Arity.MinimumNumberOfValues > 0)
        {
            return argument.Parent is OptionResult option
                ? $"{option.IdentifierToken?.Value ?? option.Option.Name} needs a value: {option.Option.HelpName ?? "VALUE"}"
                : $"{argument.Argument.Name} is missing: {CommandLine.Usage(command)}";
        }

        if (error.SymbolResult is OptionResult { Implicit: false, Tokens.Count: 0 } bare && bare.Option.Arity.MinimumNumberOfValues > 0)
        {
            return $"{bare.IdentifierToken?.Value ?? bare.Option.Name} needs a value: {bare.Option.HelpName ?? "VALUE"}";
        }

        if (command.Action is null && command.Subcommands.Count > 0)
        {
            return $"{string.Join(' ', CommandLine.NamesOf(command))} needs one of: {string.Join(", ", VisibleNames(command))}";
        }

        return error.Message;
    }
}
