using System.Text;

namespace SuperD.Importing;

/// <summary>A service file in the making: its settings with their comments, and why it may not run.</summary>
/// <param name="name">Name of the service and of its file, without <c>.toml</c>.</param>
/// <param name="origin">Where it comes from, in words: <c>service finger of /etc/xinetd.d/finger:1</c>.</param>
internal sealed class ServiceFile(string name, string origin)
{
    private const int Width = 110;

    private readonly List<(string Key, string Value, string? Comment)> _settings = [];
    private readonly List<string> _remarks = [];
    private readonly List<string> _reasons = [];

    public string Name => name;

    /// <summary>False when it did not run where it comes from, or must not run before somebody has looked at it.</summary>
    public bool Enabled => _reasons.Count == 0;

    /// <summary>The value of a key, as TOML; null when it is not set.</summary>
    public string? this[string key] => _settings.Find(setting => setting.Key == key).Value;

    /// <param name="value">As TOML.</param>
    /// <param name="comment">What was odd about it where it comes from.</param>
    public void Set(string key, string value, string? comment = null) => _settings.Add((key, value, comment));

    /// <summary>A comment that belongs to no setting; the same one twice is written once.</summary>
    public void Remark(string text)
    {
        if (!_remarks.Contains(text))
        {
            _remarks.Add(text);
        }
    }

    /// <summary>Writes it with <c>enabled = false</c>, and why.</summary>
    public void TurnOff(string why)
    {
        if (!_reasons.Contains(why))
        {
            _reasons.Add(why);
        }
    }

    /// <summary>The text of the file.</summary>
    public string Render()
    {
        var text = new StringBuilder();
        Comment(text, origin);
        foreach (string remark in _remarks)
        {
            Comment(text, remark);
        }

        text.Append('\n');
        if (!Enabled)
        {
            foreach (string reason in _reasons)
            {
                Comment(text, "Off: " + reason);
            }

            text.Append("enabled = false\n");
        }

        foreach ((string key, string value, string? comment) in _settings)
        {
            if (comment is not null)
            {
                Comment(text, comment);
            }

            text.Append(key).Append(" = ").Append(value).Append('\n');
        }

        return text.ToString();
    }

    private static void Comment(StringBuilder text, string comment)
    {
        int column = 0;
        foreach (string word in comment.Split(' '))
        {
            if (column > 0 && column + 1 + word.Length <= Width)
            {
                text.Append(' ').Append(Visible(word));
                column += 1 + word.Length;
                continue;
            }

            text.Append(column > 0 ? "\n# " : "# ").Append(Visible(word));
            column = 2 + word.Length;
        }

        text.Append('\n');
    }

    /// <summary>A comment may not hold control characters (TOML), and a value that is quoted in one may.</summary>
    private static string Visible(string word) => string.Concat(word.Select(letter => char.IsControl(letter) ? '?' : letter));
}
