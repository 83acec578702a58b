using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;

namespace SuperD.Conversing;

/// <summary>The texts of the configuration, ready to send. Loop only.</summary>
/// <remarks>
/// Each client that is to get a file's text causes a look at the file, which is read again if it has changed. This happens off the loop: a
/// file on a dead file server delays only the clients of its own text. One look serves all clients that wait for it, so one pool thread per
/// file is enough. A file that cannot be read any more is sent as it was.
/// </remarks>
internal sealed class TextLibrary(EventLoop loop, ILogger log)
{
    /// <summary>
    /// How many clients may wait for one look at a file; the others get the last known text, so that a dead file server costs bounded
    /// memory.
    /// </summary>
    private const int MostWaiting = 1024;

    private readonly Dictionary<string, TextTemplate> _texts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TextFile> _files = new(StringComparer.Ordinal);

    /// <summary>See <see cref="ServerDefinition.TrustedOwners"/>.</summary>
    public ValueArray<uint> TrustedOwners { get; set; } = [];

    /// <summary>Passes a text on: at once if it is known, or later, on the loop, if its file must be checked first.</summary>
    public void Find(BannerDefinition banner, Action<TextTemplate> found)
    {
        if (banner.File is { } path)
        {
            FindFile(path, found);
            return;
        }

        string text = banner.Text ?? string.Empty;
        if (!_texts.TryGetValue(text, out TextTemplate? template))
        {
            // Parsing cannot fail: the text was validated with the configuration.
            template = TextTemplate.Parse(text, out _) ?? TextTemplate.Literal(default);
            _texts.Add(text, template);
        }

        found(template);
    }

    /// <summary>Runs after a reload: forgets all texts except these and those that clients wait for.</summary>
    public void Keep(IReadOnlySet<BannerDefinition> inUse)
    {
        foreach (string text in _texts.Keys.Where(text => !inUse.Contains(new BannerDefinition(text, null))).ToArray())
        {
            _texts.Remove(text);
        }

        foreach ((string path, TextFile file) in _files.ToArray())
        {
            if (file.Waiting.Count == 0 && !inUse.Contains(new BannerDefinition(null, path)))
            {
                _files.Remove(path);
            }
        }
    }

    private void FindFile(string path, Action<TextTemplate> found)
    {
        if (!_files.TryGetValue(path, out TextFile? file))
        {
            _files.Add(path, file = new TextFile(path));
        }

        if (file.Waiting.Count == MostWaiting)
        {
            found(file.Text);
            return;
        }

        file.Waiting.Add(found);
        if (file.Waiting.Count == 1)
        {
            ValueArray<uint> trusted = TrustedOwners;
            BesideLoop.Run("read a banner file", () => Look(file, trusted));
        }
    }

    /// <summary>Runs beside the loop, which owns the file until it posts the result.</summary>
    private void Look(TextFile file, ValueArray<uint> trusted)
    {
        string? problem = file.Refresh(trusted);
        loop.Post(() => OnLooked(file, problem));
    }

    private void OnLooked(TextFile file, string? problem)
    {
        if (problem is not null && problem != file.ToldProblem)
        {
            log.BannerFileUnreadable(file.Path, problem);
        }

        file.ToldProblem = problem;
        Action<TextTemplate>[] waiting = [.. file.Waiting];
        file.Waiting.Clear();
        foreach (Action<TextTemplate> found in waiting)
        {
            found(file.Text);
        }
    }
}
