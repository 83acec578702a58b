using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;

namespace SuperD.Conversing;

/// <summary>The texts of the configuration, ready to be sent. Loop only.</summary>
/// <remarks>
/// A file is looked at for every client that is to get it, and read when it has changed, never on the loop: a file on a dead file server
/// delays the clients of its own text. One look serves all who wait for it, so however many clients come, one thread of the pool
/// is enough per file. What cannot be read any more is sent as it was.
/// </remarks>
internal sealed class TextLibrary(EventLoop loop, ILogger log)
{
    /// <summary>Clients that wait for one look at a file; further ones get the text as it was, so that a dead file server costs bounded memory.</summary>
    private const int MostWaiting = 1024;

    private readonly Dictionary<string, TextTemplate> _texts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TextFile> _files = new(StringComparer.Ordinal);

    /// <summary>See <see cref="ServerDefinition.TrustedOwners"/>.</summary>
    public ValueArray<uint> TrustedOwners { get; set; } = [];

    /// <summary>Hands a text on: at once when it is known, later, on the loop, when its file is to be looked at first.</summary>
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
            // Checked when the configuration was read.
            template = TextTemplate.Parse(text, out _) ?? TextTemplate.Literal(default);
            _texts.Add(text, template);
        }

        found(template);
    }

    /// <summary>Forgets all texts but these, and those somebody waits for: a reload has changed what is in use.</summary>
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

    /// <summary>On a thread of the pool; the file is its own until it has posted.</summary>
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
