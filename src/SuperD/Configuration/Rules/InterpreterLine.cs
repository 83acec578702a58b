using System.Collections.Immutable;

namespace SuperD.Configuration.Rules;

/// <summary>A command line that starts a known interpreter: which of its arguments is the script.</summary>
internal static class InterpreterLine
{
    /// <summary>The interpreters, and the letters of their options that take no value and leave the script in its place.</summary>
    private static readonly (string Name, string Flags)[] s_interpreters =
    [
        ("sh", "abefhmnpuvx"), ("dash", "abefhmnpuvx"), ("bash", "abefhmnpuvx"), ("ksh", "abefhmnpuvx"), ("zsh", "efhnuvx"),
        ("python", "bBdEIOPqsSuvx"), ("perl", "acfnpstTuUwWX"), ("ruby", "alnpsvw"), ("node", ""), ("php", "nq"), ("lua", ""),
    ];

    /// <summary>Whether a program is a shell, which expands words of the text after <c>-c</c>.</summary>
    public static bool IsShell(string program) => Name(program) is "sh" or "dash" or "bash" or "ksh" or "zsh";

    /// <summary>The index of the script in the words of exec; null when there is none, or an option may have moved it.</summary>
    /// <param name="exec">The program and its arguments.</param>
    public static int? ScriptIn(ImmutableArray<string> exec)
    {
        string name = Name(exec[0]);
        int row = Array.FindIndex(s_interpreters, interpreter => interpreter.Name == name);
        if (row < 0)
        {
            return null;
        }

        for (int i = 1; i < exec.Length; i++)
        {
            string word = exec[i];
            if (word == "--")
            {
                return i + 1 < exec.Length ? i + 1 : null;
            }

            if (!word.StartsWith('-'))
            {
                // node finds a script without its extension, too.
                return word.Length == 0 || (name == "node" && !Path.HasExtension(word)) ? null : i;
            }

            if (word.Length == 1 || word.Skip(1).Any(letter => !s_interpreters[row].Flags.Contains(letter)))
            {
                return null;
            }
        }

        return null;
    }

    /// <summary><c>python</c> for /usr/bin/python3.12.</summary>
    private static string Name(string program)
    {
        string name = Path.GetFileName(program).TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '.');
        return name == "nodejs" ? "node" : name;
    }
}
