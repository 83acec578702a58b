using System.Text;
using SuperD.Configuration;

namespace SuperD.Importing;

/// <summary>
/// Tells the placeholders that an import writes into exec and env from words of the original that superd would take for some.
/// </summary>
/// <remarks>superd has no escape for them (see <see cref="LaunchText"/>), so such a word cannot be imported.</remarks>
internal static class Placeholders
{
    /// <summary>The braces of a placeholder that is meant, until its text is complete. They are no characters (Unicode, 23.7).</summary>
    private const char Open = '\uFDD0', Close = '\uFDD1';

    /// <summary>A placeholder that is meant, for a text to <see cref="Finish"/>.</summary>
    /// <param name="name">Its name: <c>peer_addr</c>.</param>
    public static string Of(string name) => $"{Open}{name}{Close}";

    /// <summary>Why a word of the original cannot be written; null when it can.</summary>
    public static string? WhyNot(string word) => Finish(word).Problem;

    /// <summary>Writes the placeholders that are meant as superd reads them.</summary>
    /// <returns>The text; and the problem when superd would replace something else in it, or not what is meant.</returns>
    public static (string Text, string? Problem) Finish(string text)
    {
        var finished = new StringBuilder();
        var meant = new List<int>();
        foreach (char letter in text)
        {
            if (letter == Open)
            {
                meant.Add(finished.Length);
            }

            finished.Append(letter switch
            {
                Open => '{',
                Close => '}',
                _ => letter,
            });
        }

        string result = finished.ToString();
        int count = 0;
        for (int at = 0; LaunchText.TryFind(result, at, out int start, out int end, out _); at = end)
        {
            if (!meant.Contains(start))
            {
                return (result, $"'{result[start..end]}' would be replaced by superd, which has no way to write it literally: put it into "
                    + "a script");
            }

            count++;
        }

        return (result, count == meant.Count ? null : "superd replaces nothing behind a '$': put it into a script");
    }
}
