namespace SuperD.Importing;

/// <summary>Recognizes a shell or interpreter that is given no program, and so runs what the client sends.</summary>
/// <remarks>
/// The usual cause is a mistake, such as a script that stands where argument 0 belongs. A service of this kind is written with
/// <c>enabled = false</c>, although the original runs it: nobody should open a shell to clients without having decided to.
/// </remarks>
internal static class OpenInterpreter
{
    private const string Versions = "0123456789.-";

    /// <summary>The names without their versions, and the short options that name a program in another way than by its file.</summary>
    private static readonly (string[] Names, string Options)[] s_interpreters =
    [
        (["sh", "ash", "bash", "dash", "ksh", "mksh", "rbash", "zsh", "csh", "tcsh", "fish"], "c"),
        (["python", "pypy"], "cm"),
        (["perl"], "eE"),
        (["ruby"], "e"),
        (["node", "nodejs"], "ep"),
        (["php"], "frF"),
        (["lua"], "e"),
        (["tclsh"], ""),
    ];

    /// <summary>Why the service must not run before somebody has reviewed it; null when it is not open.</summary>
    /// <param name="program">The program.</param>
    /// <param name="argv0">Its argument 0, by which busybox knows what it is.</param>
    /// <param name="arguments">The arguments that follow.</param>
    /// <param name="user">The user it runs as; null when that is not known.</param>
    public static string? Find(string program, string argv0, IEnumerable<string> arguments, string? user)
    {
        List<string> words = [program, .. arguments];
        if (Path.GetFileName(program) == "busybox")
        {
            words = [.. Path.GetFileName(argv0) == "busybox" ? [] : (string[])[argv0], .. words.Skip(1)];
        }
        else if (Path.GetFileName(program) == "env")
        {
            words = [.. words.Skip(1).SkipWhile(word => word.StartsWith('-') || word.Contains('='))];
        }

        return words is [var name, .. var rest] && OptionsOf(name) is { } options && ReadsInput(rest, options)
            ? $"{Path.GetFileName(name)} gets no script and no command, so it runs what the client sends, as {user ?? "its user"}; name "
                + "its script in exec, or delete enabled = false if that is wanted"
            : null;
    }

    /// <summary>Whether a program, by its path or name, is a shell or interpreter.</summary>
    public static bool IsInterpreter(string program) => OptionsOf(program) is not null;

    private static string? OptionsOf(string program)
    {
        string name = Path.GetFileName(program).TrimEnd(Versions.ToCharArray()).TrimStart('-');
        return s_interpreters.FirstOrDefault(one => one.Names.Contains(name)).Options;
    }

    private static bool ReadsInput(List<string> arguments, string options)
    {
        foreach (string argument in arguments)
        {
            if (argument == "-")
            {
                return true;
            }

            bool isShort = argument.StartsWith('-') && !argument.StartsWith("--", StringComparison.Ordinal);
            if (!argument.StartsWith('-') || (isShort && argument.AsSpan(1).ContainsAny(options)))
            {
                return false;
            }
        }

        return true;
    }
}
