using System.Text;

namespace SuperD.Cli.Completion;

/// <summary>The completion script for bash 4.2 or later; it needs nothing of the package bash-completion.</summary>
internal static class BashScript
{
    /// <summary>
    /// It splits the line by itself: bash's own words are divided at <c>:</c> and <c>=</c>, which occur in addresses and options. Nothing
    /// that stands on the line is run or expanded.
    /// </summary>
    private const string Code = """
        # Splits the line up to the cursor: 'words' as superd would get them, with the one at the cursor last, and that one as typed, 'raw'.
        _superd_split() {
            local line=${COMP_LINE:0:COMP_POINT} letter word='' i
            local -i inside=0
            quote='' raw='' words=()
            for ((i = 0; i < ${#line}; i++)); do
                letter=${line:i:1}
                if [[ $letter == [$' \t\n'] && ! $quote ]]; then
                    ((inside)) && words+=("$word")
                    word='' raw='' inside=0
                    continue
                fi
                inside=1 raw+=$letter
                if [[ $quote ]]; then
                    if [[ $letter == "$quote" ]]; then
                        quote=''
                    elif [[ $letter == \\ && $quote == \" && ${line:i+1:1} == [\\\"\$\`] ]]; then
                        ((i++))
                        word+=${line:i:1} raw+=${line:i:1}
                    else
                        word+=$letter
                    fi
                elif [[ $letter == [\'\"] ]]; then
                    quote=$letter
                elif [[ $letter == \\ ]]; then
                    ((i++))
                    word+=${line:i:1} raw+=${line:i:1}
                elif [[ $raw == '~' && ${line:i+1:1} == / ]]; then
                    word=$HOME
                else
                    word+=$letter
                fi
            done
            words+=("$word")
        }

        # Offers those of the given words that begin with what is typed.
        _superd_offer() {
            local word begin=$1 fixed=$2 seen=${COMP_WORDS[COMP_CWORD]} reply
            shift 2
            [[ $seen == [:=] ]] && seen=''
            local before=${raw%"$seen"}
            for word; do
                [[ $word == "$begin"* ]] || continue
                case $quote in
                    \') [[ $word == *\'* ]] && continue ;;
                    \") word=${word//[\\]/\\\\} word=${word//\"/\\\"} word=${word//\$/\\\$} word=${word//\`/\\\`} ;;
                    *) printf -v word %q "$word" ;;
                esac
                reply=$fixed$word
                # What stands before a ':' or '=' is not replaced by bash.
                [[ $quote ]] || reply=${reply#"$before"}
                COMPREPLY+=("$reply")
            done
        }

        # Asks superd: services, connections, service-files.
        _superd_ask() {
            local line
            while IFS= read -r line; do
                asked+=("${line%%$'\t'*}")
            done < <("${words[0]}" complete "$1" "${console[@]}" 2>/dev/null)
        }

        # Offers what may stand in place of a value: its kind, what is typed of it, and what stands before it in the same word.
        _superd_value() {
            local -a asked=()
            case $1 in
                words:*) IFS=, read -ra asked <<< "${1#words:}" ;;
                service) _superd_ask services ;;
                service-file) _superd_ask service-files ;;
                connection) _superd_ask connections ;;
                program)
                    [[ $2 == */* ]] || mapfile -t asked < <(compgen -c -- "$2")
                    compopt -o default 2>/dev/null
                    ;;
                file) compopt -o default 2>/dev/null ;;
                directory) compopt -o dirnames 2>/dev/null ;;
            esac
            _superd_offer "$2" "$3" "${asked[@]}"
        }

        _superd() {
            local -a words=() console=() commands=() options=() arguments=()
            local -i place=0
            local kind='' path='' option='' quote='' raw='' word only=''
            COMPREPLY=()
            _superd_split
            _superd_command ''
            for word in "${words[@]:1:${#words[@]}-2}"; do
                if [[ $option ]]; then
                    [[ $option == -c || $option == --config || $option == --socket ]] && console+=("$option" "$word")
                    option=''
                elif [[ $word == -- && ! $only ]]; then
                    only=1
                elif [[ $word == -?* && ! $only ]]; then
                    if [[ $word == --*=* ]]; then
                        [[ $word == --config=* || $word == --socket=* ]] && console+=("$word")
                    else
                        _superd_option "$word"
                        [[ $kind ]] && option=$word
                    fi
                elif ((place == 0)) && [[ " ${commands[*]} " == *" $word "* ]]; then
                    path+=" $word"
                    _superd_command "$path"
                else
                    ((++place))
                fi
            done

            word=${words[${#words[@]}-1]}
            if [[ $option ]]; then
                _superd_option "$option"
                _superd_value "$kind" "$word" ''
            elif [[ $word == --*=* && ! $only ]]; then
                _superd_option "${word%%=*}"
                _superd_value "$kind" "${word#*=}" "${word%%=*}="
            elif [[ $word == -* && ! $only ]]; then
                _superd_offer "$word" '' "${options[@]}"
            else
                ((place == 0)) && [[ ! $only ]] && _superd_offer "$word" '' "${commands[@]}"
                local -i last=${#arguments[@]}-1
                ((last >= 0)) && [[ ${arguments[last]} == *+ ]] && ((place > last)) && place=last
                kind=${arguments[place]}
                [[ $kind ]] && _superd_value "${kind%+}" "$word" ''
            fi
        }

        complete -F _superd superd

        """;

    /// <summary>The script.</summary>
    public static string Render(CompletedCommand root)
    {
        var script = new StringBuilder();
        script.Append("# bash completion for superd, printed by 'superd help bash'. To try it: source <(superd help bash)\n\n");
        script.Append("# What may stand after a command: its commands, its options, and what stands at each place.\n");
        script.Append("_superd_command() {\n    commands=() options=() arguments=()\n    case $1 in\n");
        foreach (CompletedCommand command in root.All)
        {
            string path = string.Concat(command.Names.Select(name => " " + name));
            script.Append($"        '{path}')\n");
            Assign(script, "commands", command.Subcommands.Select(one => one.Name));
            Assign(script, "options", command.Options.SelectMany(option => option.Names));
            Assign(script, "arguments", command.Arguments.Select((argument, place) =>
                $"'{KindOf(argument)}{(command.RepeatsLast && place == command.Arguments.Count - 1 ? "+" : "")}'"));
            script.Append("            ;;\n");
        }

        script.Append("    esac\n}\n\n# What stands after an option; nothing for a switch.\n");
        script.Append("_superd_option() {\n    kind=''\n    case $1 in\n");
        foreach (IGrouping<string, string> names in root.All.SelectMany(command => command.Options)
            .SelectMany(option => option.Names.Select(name => (Name: name, option.Value)))
            .Where(option => option.Value is not null)
            .DistinctBy(option => option.Name)
            .GroupBy(option => KindOf(option.Value!), option => option.Name)) // those without one were left out
        {
            script.Append($"        {string.Join(" | ", names)}) kind='{names.Key}' ;;\n");
        }

        return script.Append("    esac\n}\n\n").Append(Code).ToString();
    }

    private static void Assign(StringBuilder script, string variable, IEnumerable<string> words)
    {
        string text = string.Join(' ', words);
        if (text.Length > 0)
        {
            script.Append($"            {variable}=({text})\n");
        }
    }

    private static string KindOf(CompletedValue value) => value.Kind switch
    {
        ValueKind.Words => $"words:{string.Join(',', value.Words)}",
        ValueKind.File => "file",
        ValueKind.Directory => "directory",
        ValueKind.Program => "program",
        ValueKind.Service => "service",
        ValueKind.ServiceFile => "service-file",
        ValueKind.Connection => "connection",
        _ => "text",
    };
}
