using System.Text;

namespace SuperD.Importing;

/// <summary>Chooses valid, distinct names for the service files of one import; names that differ only in case are the same.</summary>
internal sealed class FileNames
{
    private const int Longest = 60;

    private readonly HashSet<string> _taken = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>A valid form of the wanted name; if it is taken, with the suffix, then with a number.</summary>
    public string Take(string wished, string suffix)
    {
        string name = Good(wished);
        if (_taken.Add(name) || _taken.Add(name = $"{name}-{suffix}"))
        {
            return name;
        }

        for (int number = 2; ; number++)
        {
            if (_taken.Add($"{name}-{number}"))
            {
                return $"{name}-{number}";
            }
        }
    }

    /// <summary>The form superd allows: a letter or digit, then also <c>- _ . + @</c>, of limited length.</summary>
    private static string Good(string wished)
    {
        var name = new StringBuilder();
        foreach (char letter in wished.TrimStart('-', '_', '.', '+', '@'))
        {
            name.Append(char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' or '+' or '@' ? letter : '-');
        }

        string good = name.ToString().TrimStart('-');
        return good.Length == 0 ? "service" : good[..Math.Min(good.Length, Longest - 12)];
    }
}
