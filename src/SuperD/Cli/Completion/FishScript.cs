using System.Text;

namespace SuperD.Cli.Completion;

/// <summary>The completion script for fish 3 or later.</summary>
internal static class FishScript
{
    private const string Code = """
        # Succeeds if the words before the cursor are of this command, and if the next word is its argument of this number ('2+': or a
        # later one), where one is given.
        function __superd_at
            set -l path ''
            set -l place 1
            set -l option ''
            set -l only ''
            set -l words (commandline -opc)
            for word in $words[2..-1]
                if test -n "$option"
                    set option ''
                else if test -z "$only"; and string match -q -- '-?*' $word
                    if test "$word" = --
                        set only 1
                    else if contains -- $word $__superd_valued
                        set option $word
                    end
                else if test $place = 1; and contains -- "$path/$word" $__superd_commands
                    set path "$path/$word"
                else
                    set place (math $place + 1)
                end
            end
            test "$path" = "$argv[1]"; or return 1
            set -l number $argv[2]
            test -z "$number"; or test "$number" = $place; or begin
                string match -q '*+' -- $number; and test $place -ge (string trim -r -c + -- $number)
            end
        end

        # Asks superd: services, connections, service-files. Each line is a word, and what it is after a tab.
        function __superd_ask
            set -l words (commandline -opc | string replace -r '^~/' "$HOME/")
            set -l console
            for i in (seq 2 (count $words))
                switch $words[$i]
                    case -c --config --socket
                        set -a console $words[$i] $words[(math $i + 1)]
                    case '--config=*' '--socket=*'
                        set -a console $words[$i]
                end
            end
            $words[1] complete $argv[1] $console 2>/dev/null
        end


        """;

    /// <summary>The script.</summary>
    public static string Render(CompletedCommand root)
    {
        CompletedCommand[] commands = [.. root.All];
        IEnumerable<string> paths = commands.SelectMany(command => command.Subcommands).Select(PathOf).Distinct();
        IEnumerable<string> valued = commands.SelectMany(command => command.Options).Where(option => option.Value is not null)
            .SelectMany(option => option.Names).Distinct();
        var script = new StringBuilder();
        script.Append("# fish completion for superd, printed by 'superd help fish'. To try it: superd help fish | source\n\n");
        script.Append($"set -g __superd_commands {string.Join(' ', paths)}\n");
        script.Append($"set -g __superd_valued {string.Join(' ', valued)}\n\n").Append(Code);
        script.Append("complete -c superd -e\ncomplete -c superd -f\n");
        foreach (CompletedCommand command in commands)
        {
            string path = PathOf(command);
            foreach (CompletedCommand inner in command.Subcommands)
            {
                Append(script, path, "1", $"-a {inner.Name} -d {Quote(inner.Description)}");
            }

            foreach (CompletedOption option in command.Options)
            {
                string names = string.Join(' ', option.Names.Select(name => name[1] == '-' ? $"-l {name[2..]}" : $"-s {name[1..]}"));
                string value = option.Value is not { } one ? ""
                    : one.Kind == ValueKind.File ? " -r -F"
                    : ActionOf(one) is { } action ? $" -x {action}"
                    : " -x";
                Append(script, path, "", $"{names}{value} -d {Quote(option.Description)}");
            }

            for (int place = 0; place < command.Arguments.Count; place++)
            {
                CompletedValue value = command.Arguments[place];
                string number = $"{place + 1}{(command.RepeatsLast && place == command.Arguments.Count - 1 ? "+" : "")}";
                if ((value.Kind == ValueKind.File ? "-F" : ActionOf(value)) is { } action)
                {
                    Append(script, path, number, action);
                }
            }
        }

        return script.ToString();
    }

    private static void Append(StringBuilder script, string path, string number, string what) =>
        script.Append($"complete -c superd -n \"__superd_at '{path}' {number}".TrimEnd()).Append($"\" {what}\n");

    /// <summary><c>/import/xinetd</c>; empty for superd itself.</summary>
    private static string PathOf(CompletedCommand command) => string.Concat(command.Names.Select(name => "/" + name));

    private static string? ActionOf(CompletedValue value) => value.Kind switch
    {
        ValueKind.Words => $"-a {Quote(string.Join(' ', value.Words))}",
        ValueKind.Directory => "-a '(__fish_complete_directories)'",
        ValueKind.Program => "-a '(__fish_complete_command)'",
        ValueKind.Service => "-k -a '(__superd_ask services)'",
        ValueKind.ServiceFile => "-k -a '(__superd_ask service-files)'",
        ValueKind.Connection => "-k -a '(__superd_ask connections)'",
        _ => null,
    };

    private static string Quote(string text) => $"'{text.Replace("\\", "\\\\").Replace("'", "\\'")}'";
}
