using System.Text;

namespace SuperD.Importing;

/// <summary>A service file under construction: its settings with their comments, and the reasons to disable it.</summary>
/// <param name="name">The name of the service and of its file, without <c>.toml</c>.</param>
/// <param name="origin">Its origin in words: <c>service finger of /etc/xinetd.d/finger:1</c>.</param>
internal sealed class ServiceFile(string name, string origin)
{
    private const int Width = 110;

    private readonly List<(string Key, string Value, string? Comment)> _settings = [];
    private readonly List<(string Why, List<string> Subjects)> _warnings = [];
    private readonly List<string> _remarks = [];
    private readonly List<string> _reasons = [];

    /// <summary>The name of the service and of its file, without <c>.toml</c>.</summary>
    public string Name => name;

    /// <summary>False when it does not run in the original, or must not run before somebody has reviewed it.</summary>
    public bool Enabled => _reasons.Count == 0;

    /// <summary>Why it is disabled; empty when it is not.</summary>
    public IReadOnlyList<string> Reasons => _reasons;

    /// <summary>The value of a key as TOML; null when it is not set.</summary>
    public string? this[string key] => _settings.Find(setting => setting.Key == key).Value;

    /// <summary>Adds a setting.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">As TOML.</param>
    /// <param name="comment">A comment above it, on a peculiarity of the original; null for none.</param>
    public void Set(string key, string value, string? comment = null) => _settings.Add((key, value, comment));

    /// <summary>Adds a comment that belongs to no setting, unless the file has it already.</summary>
    public void Remark(string text)
    {
        if (!_remarks.Contains(text))
        {
            _remarks.Add(text);
        }
    }

    /// <summary>Warns at the top of the file of something that narrowed the program in the original and does not here.</summary>
    /// <param name="subject">The setting of the original: <c>NoNewPrivileges=yes</c>.</param>
    /// <param name="why">Why it is not imported and what to do; settings with the same reason share one warning.</param>
    public void Warn(string subject, string why)
    {
        List<string>? subjects = _warnings.Find(warning => warning.Why == why).Subjects;
        if (subjects is null)
        {
            subjects = [];
            _warnings.Add((why, subjects));
        }

        if (!subjects.Contains(subject))
        {
            subjects.Add(subject);
        }
    }

    /// <summary>Does what the weight of a setting that has no counterpart asks for; the report is the caller's.</summary>
    /// <param name="weight">What is lost.</param>
    /// <param name="setting">The setting of the original: <c>BindToDevice=eth0</c>.</param>
    /// <param name="place">Its line.</param>
    /// <param name="why">Why it has no counterpart, and what to do.</param>
    public void Lose(ImportWeight weight, string setting, SourceLine place, string why)
    {
        switch (weight)
        {
            case ImportWeight.NarrowsAccess:
                TurnOff($"{setting} ({place}): {why}");
                break;
            case ImportWeight.NarrowsProgram:
                Warn($"{setting} ({place})", why);
                break;
        }
    }

    /// <summary>Disables the service: the file says <c>enabled = false</c> and why.</summary>
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
        foreach ((string why, List<string> subjects) in _warnings)
        {
            Comment(text, $"Warning: {string.Join(", ", subjects)}: {why}");
        }

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

    /// <summary>Replaces control characters, which TOML forbids in comments but a quoted value may contain.</summary>
    private static string Visible(string word) => string.Concat(word.Select(letter => char.IsControl(letter) ? '?' : letter));
}
