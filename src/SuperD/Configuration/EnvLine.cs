using System.Text;
using System.Text.RegularExpressions;

namespace SuperD.Configuration;

/// <summary>What is known of a <c>#!</c> line that hands its script to env(1).</summary>
internal enum EnvLineKind
{
    /// <summary>Nothing.</summary>
    Unknown,

    /// <summary>Several words, which env gets as one, because the kernel does not split the line.</summary>
    OneWord,

    /// <summary>No program: env then executes the script, which starts env, without end.</summary>
    NoProgram,

    /// <summary>A program.</summary>
    Program,
}

/// <summary>The rest of a <c>#!</c> line after env, as GNU env reads it; the kernel hands it over as one argument.</summary>
/// <param name="Kind">What is known of it.</param>
/// <param name="Program">The program it names.</param>
/// <param name="Path">The PATH it sets; null when the handler's applies.</param>
/// <param name="HasNoPath">Whether it removes PATH; where env then looks depends on the C library.</param>
internal sealed partial record EnvLine(EnvLineKind Kind, string Program = "", string? Path = null, bool HasNoPath = false)
{
    private static readonly EnvLine s_unknown = new(EnvLineKind.Unknown);

    /// <summary>Reads the argument of a <c>#!</c> line.</summary>
    public static EnvLine Read(string argument)
    {
        Match split = SplitOption().Match(argument);
        if (split.Success)
        {
            return Split(argument[split.Length..]) is { } words ? OfWords(words) : s_unknown;
        }

        bool isOneWord = argument.Contains(' ') && (argument[0] == '-' || argument.Contains('='));
        return isOneWord ? new EnvLine(EnvLineKind.OneWord) : OfWords(argument.Length == 0 ? [] : [argument]);
    }

    /// <summary>Reads the arguments of an env that is executed with an array.</summary>
    public static EnvLine OfArguments(IEnumerable<string> arguments) => OfWords([.. arguments]);

    /// <summary>Options, variables, then the program; an option that is not known here may change anything.</summary>
    private static EnvLine OfWords(List<string> words)
    {
        const string PathVariable = "PATH";
        var line = new EnvLine(EnvLineKind.NoProgram);
        int next = 0;
        for (; next < words.Count && words[next].StartsWith('-'); next++)
        {
            switch (words[next])
            {
                case "-" or "-i" or "--ignore-environment":
                    line = line with { HasNoPath = true };
                    break;
                case "-v" or "--debug":
                    break;
                case "-u" when next + 1 < words.Count:
                    line = line with { HasNoPath = line.HasNoPath || words[++next] == PathVariable };
                    break;
                case "--":
                    return AfterOptions(words, next + 1, line);
                default:
                    return s_unknown;
            }
        }

        return AfterOptions(words, next, line);

        static EnvLine AfterOptions(List<string> words, int next, EnvLine line)
        {
            for (; next < words.Count && words[next].IndexOf('=') > 0; next++)
            {
                if (words[next].StartsWith(PathVariable + '=', StringComparison.Ordinal))
                {
                    line = line with { Path = words[next][(PathVariable.Length + 1)..], HasNoPath = false };
                }
            }

            return next == words.Count ? line : line with { Kind = EnvLineKind.Program, Program = words[next] };
        }
    }

    /// <summary>Splits the text of <c>-S</c>; null when it has a variable, or something that env refuses.</summary>
    private static List<string>? Split(string text)
    {
        List<string> words = [];
        StringBuilder? word = null;
        char quote = '\0';
        for (int i = 0; i < text.Length; i++)
        {
            char letter = text[i];
            switch (letter)
            {
                case '\'' or '"' when quote is '\0':
                    quote = letter;
                    word ??= new StringBuilder();
                    break;
                case '\'' or '"' when quote == letter:
                    quote = '\0';
                    break;
                case ' ' or '\t' when quote is '\0':
                    Finish();
                    break;
                case '#' when quote is '\0' && word is null:
                    return words;
                case '$' when quote is not '\'':
                    return null;
                case '\\' when quote is not '\'':
                    letter = ++i < text.Length ? text[i] : '\0';
                    if (letter == '_' && quote is '\0')
                    {
                        Finish();
                        break;
                    }

                    if (letter is not ('_' or '#' or '$' or '\'' or '"' or '\\'))
                    {
                        return null;
                    }

                    (word ??= new StringBuilder()).Append(letter == '_' ? ' ' : letter);
                    break;
                default:
                    (word ??= new StringBuilder()).Append(letter);
                    break;
            }
        }

        Finish();
        return quote is '\0' ? words : null;

        void Finish()
        {
            if (word is not null)
            {
                words.Add(word.ToString());
                word = null;
            }
        }
    }

    [GeneratedRegex("^(-v*S|--split-string=)")]
    private static partial Regex SplitOption();
}
