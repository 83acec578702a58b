using System.Text;

namespace SuperD.Cli.Completion;

/// <summary>The completion script for zsh: a function of compsys, <c>_superd</c>.</summary>
internal static class ZshScript
{
    private const string Code = """

        # Asks superd: services, connections, service-files. Each line is a word, and what it is after a tab.
        _superd_ask() {
            local tab=$'\t' expl REPLY
            local -a plain console lines names shown
            local -i i
            for ((i = 1; i < $#superd_words; i++)); do
                _superd_plain $superd_words[i]
                plain+=("$REPLY")
            done
            for ((i = 2; i <= $#plain; i++)); do
                case $plain[i] in
                    (-c|--config|--socket) console+=("${(@)plain[i,i+1]}") ;;
                    (--config=*|--socket=*) console+=("$plain[i]") ;;
                esac
            done
            lines=(${(f)"$("$plain[1]" complete $1 $console 2>/dev/null)"})
            (($#lines)) || return 1
            names=(${lines%%$tab*})
            shown=(${lines/$tab/  -- })
            _wanted $1 expl $2 compadd -l -d shown -a - names
        }

        # A word as superd would get it, without running anything in it.
        _superd_plain() {
            REPLY=${(Q)1}
            [[ $1 == '~/'* ]] && REPLY=$HOME/${REPLY#'~/'}
        }

        if [[ $funcstack[1] == _superd ]]; then
            _superd "$@"
        else
            compdef _superd superd
        fi

        """;

    /// <summary>The script.</summary>
    public static string Render(CompletedCommand root)
    {
        var script = new StringBuilder();
        script.Append("#compdef superd\n");
        script.Append("# zsh completion for superd, printed by 'superd help zsh'. To try it: source <(superd help zsh)\n");
        foreach (CompletedCommand command in root.All)
        {
            AppendFunction(script, command);
        }

        return script.Append(Code).ToString();
    }

    /// <remarks>-A: what stands after a subcommand is not superd's, though both may have an option of one name.</remarks>
    private static void AppendFunction(StringBuilder script, CompletedCommand command)
    {
        bool hasCommands = command.Subcommands.Count > 0, isRoot = command.Names.Count == 0;
        script.Append($"\n{FunctionOf(command)}() {{\n");
        script.Append("    local context state state_descr line\n    typeset -A opt_args\n");
        script.Append(isRoot ? "    local -a superd_words=(\"${words[@]}\")\n" : "");
        script.Append($"    _arguments -S{(hasCommands ? " -C -A '-*'" : "")} :");
        foreach (CompletedOption option in command.Options)
        {
            script.Append(" \\\n        ").Append(SpecOf(option));
        }

        if (hasCommands)
        {
            script.Append(" \\\n        '1: :->command' \\\n        '*:: :->rest'");
        }

        for (int place = 0; place < command.Arguments.Count; place++)
        {
            CompletedValue value = command.Arguments[place];
            string number = command.RepeatsLast && place == command.Arguments.Count - 1 ? "*" : $"{place + 1}";
            script.Append(" \\\n        ").Append(Quote($"{number}:{Escape(value.Name)}:{ActionOf(value)}"));
        }

        script.Append(hasCommands ? " && return\n" : "\n");
        if (hasCommands)
        {
            script.Append("    case $state in\n        (command)\n            local -a commands=(");
            foreach (CompletedCommand inner in command.Subcommands)
            {
                script.Append("\n                ").Append(Quote($"{inner.Name}:{inner.Description}"));
            }

            script.Append("\n            )\n            _describe -t commands command commands\n            ;;\n");
            script.Append("        (rest)\n            case $words[1] in\n");
            foreach (CompletedCommand inner in command.Subcommands.Where(one => one.HasAny))
            {
                script.Append($"                ({inner.Name}) {FunctionOf(inner)} ;;\n");
            }

            script.Append("                (*) return 1 ;;\n            esac\n            ;;\n    esac\n");
        }

        script.Append("}\n");
    }

    /// <summary><c>_superd</c>, <c>_superd_import_xinetd</c>.</summary>
    private static string FunctionOf(CompletedCommand command) =>
        string.Concat(command.Names.Select(name => "_" + name.Replace('-', '_')).Prepend("_superd"));

    /// <summary>The argument of _arguments for an option. A value stands after the name, or after a long name and '='.</summary>
    private static string SpecOf(CompletedOption option)
    {
        string explanation = Escape(option.Description).Replace("[", "\\[").Replace("]", "\\]");
        string value = option.Value is { } one ? $":{Escape(one.Name)}:{ActionOf(one)}" : "";
        string[] names = [.. option.Names.Select(name => name.StartsWith("--") && option.Value is not null ? name + "=" : name)];
        return names.Length == 1
            ? Quote($"{names[0]}[{explanation}]{value}")
            : $"'({string.Join(' ', option.Names)})'{{{string.Join(',', names)}}}{Quote($"[{explanation}]{value}")}";
    }

    /// <summary>A space before a function keeps _arguments from putting options of its own among the function's arguments.</summary>
    private static string ActionOf(CompletedValue value) => value.Kind switch
    {
        ValueKind.Words => $"({string.Join(' ', value.Words)})",
        ValueKind.File => "_files",
        ValueKind.Directory => "_files -/",
        ValueKind.Program => "_command_names -e",
        ValueKind.Service => " _superd_ask services service",
        ValueKind.ServiceFile => " _superd_ask service-files service",
        ValueKind.Connection => " _superd_ask connections connection",
        _ => " ", // nothing is offered
    };

    private static string Escape(string text) => text.Replace("\\", "\\\\").Replace(":", "\\:");

    private static string Quote(string text) => $"'{text.Replace("'", "'\\''")}'";
}
