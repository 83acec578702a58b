using System.CommandLine;
using System.CommandLine.Completions;
using SuperD.Cli.Manual;

namespace SuperD.Cli.Completion;

/// <summary>The value of an option or an argument, as a shell completes it.</summary>
/// <param name="Name">As the help shows it: <c>SERVICE</c>.</param>
/// <param name="Words">The words to choose from; of <see cref="ValueKind.Words"/> alone.</param>
internal sealed record CompletedValue(string Name, ValueKind Kind, IReadOnlyList<string> Words)
{
    /// <summary>The names of values that a shell can complete; those with fixed words need no row.</summary>
    private static readonly Dictionary<string, ValueKind> s_kinds = new()
    {
        ["FILE"] = ValueKind.File, ["PATH"] = ValueKind.File, ["UNIT.socket"] = ValueKind.File, ["DIR"] = ValueKind.Directory,
        ["PROGRAM"] = ValueKind.Program, ["SERVICE"] = ValueKind.Service, ["ID"] = ValueKind.Connection,
    };

    /// <summary>The value of an option; null if it is a switch.</summary>
    public static CompletedValue? Of(Option option, Command command) => option.Arity.MaximumNumberOfValues == 0
        || option.ValueType == typeof(bool) ? null : Of(option.HelpName ?? "", option, command);

    /// <summary>The value of an argument.</summary>
    public static CompletedValue Of(Argument argument, Command command) => Of(argument.HelpName ?? argument.Name, argument, command);

    private static CompletedValue Of(string name, Symbol symbol, Command command)
    {
        string[] words = name == HelpKeysCommand.KeyValue
            ? [.. KeyReference.AllKeys.Select(key => key.PlainName)]
            : [.. symbol.GetCompletions(CompletionContext.Empty).Select(choice => choice.Label)];
        ValueKind kind = s_kinds.GetValueOrDefault(name, words.Length > 0 ? ValueKind.Words : ValueKind.Text);

        // A command that asks no console knows the services by their files.
        return kind == ValueKind.Service && !command.Options.Any(option => option.Name == ConsoleOptions.SocketName)
            ? new CompletedValue(name, ValueKind.ServiceFile, [])
            : new CompletedValue(name, kind, kind == ValueKind.Words ? words : []);
    }
}
