using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>A path that starts as only a shell understands it: <c>~/han</c>, <c>$HOME/han</c>, <c>${SRV}/han</c>.</summary>
/// <param name="Word">What a shell would expand: <c>~</c>, <c>$HOME</c>.</param>
/// <param name="Path">The absolute path that is meant, with the home of the handler's user; null when that is not known.</param>
/// <param name="IsHome">Whether it surely is a path in a home directory.</param>
internal sealed record Unexpanded(string Word, string? Path, bool IsHome)
{
    /// <summary>Whether there is something at that path.</summary>
    public bool Exists => Path is not null && FileStatus.TryRead(Path, followLinks: true, out _) == 0;

    /// <summary>What to do: <c>~ is not expanded; write directory = "/srv/data"</c>.</summary>
    /// <param name="line">Makes the line to write from the path.</param>
    public string Advice(Func<string, string> line) =>
        $"{Word} is not expanded, since there is no shell; "
        + $"write {(Exists && Path is { } path ? line(path) : "the whole path, beginning with '/'")}";

    /// <summary>Null for a path that starts with neither <c>~</c> nor <c>$</c>.</summary>
    /// <param name="written">The path.</param>
    /// <param name="home">See <see cref="LoadContext.HomeOf(Principal?)"/>.</param>
    /// <param name="host">Has the other variables.</param>
    public static Unexpanded? Of(string written, string? home, HostContext host)
    {
        if (written.Length == 0 || written[0] is not ('~' or '$'))
        {
            return null;
        }

        int slash = written.IndexOf('/');
        string word = slash < 0 ? written : written[..slash];
        bool isHome = word is "~" or "$HOME" or "${HOME}";
        string? value = isHome ? home : host.Variable(word.Trim('$', '{', '}'));
        string? path = value is null || slash < 0 ? value : value.TrimEnd('/') + written[slash..];
        return new Unexpanded(word, path is ['/', ..] ? path : null, isHome && slash > 0);
    }
}
