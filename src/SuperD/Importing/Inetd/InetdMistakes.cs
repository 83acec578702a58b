using System.Collections.Immutable;

namespace SuperD.Importing.Inetd;

/// <summary>Mistakes in a line of inetd.conf that inetd takes for something else: all that it has are words in an order.</summary>
internal static class InetdMistakes
{
    /// <summary>The line with a field missing, as a sentence; null when none is.</summary>
    public static string? MissingField(ImmutableArray<string> words)
    {
        if (words.Length < 5)
        {
            return null;
        }

        (string Field, string Before)? missing =
            !InetdReader.Types.Contains(words[1]) && IsWait(words[2]) ? ("socket type", words[1])
            : IsWait(words[2]) ? ("protocol", words[2])
            : !IsWait(words[3]) && IsProgram(words[4]) ? ("word wait or nowait", words[3])
            : IsProgram(words[4]) ? ("user", words[4])
            : null;
        return missing is var (field, before)
            ? $"the {field} is missing before '{before}': a line is SERVICE TYPE PROTOCOL WAIT USER PROGRAM ARGUMENT-0 ARGUMENTS; inetd "
                + "does not start it, and so it was not imported"
            : null;
    }

    /// <summary>Whether the word for argument 0 was probably meant to be the first argument.</summary>
    /// <remarks>inetd wants the program twice, by its path and by its name. People who do not know it lose their first argument.</remarks>
    public static bool IsNameForgotten(string program, string argv0)
    {
        string name = Path.GetFileName(program);
        bool isUsual = name == "tcpd" || Path.GetFileName(argv0) == name || argv0 == "-" + name;
        return !isUsual && (argv0[0] is '-' or '/' || (OpenInterpreter.IsInterpreter(program) && !OpenInterpreter.IsInterpreter(argv0)));
    }

    private static bool IsWait(string word) => word.Split('.', ':', '/')[0] is "wait" or "nowait";

    private static bool IsProgram(string word) => word[0] == '/' || word == "internal";
}
