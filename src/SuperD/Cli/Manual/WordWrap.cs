using System.Text;

namespace SuperD.Cli.Manual;

/// <summary>Breaks a paragraph into lines at its spaces.</summary>
internal static class WordWrap
{
    /// <summary>Lines of at most this many characters; a longer word has a line of its own.</summary>
    public static IEnumerable<string> Lines(string text, int width)
    {
        var line = new StringBuilder();
        foreach (string word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line.ToString();
                line.Clear();
            }

            line.Append(line.Length > 0 ? " " : "").Append(word);
        }

        yield return line.ToString();
    }
}
