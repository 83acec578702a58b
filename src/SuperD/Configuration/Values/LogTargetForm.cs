using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>A log target: one of a few words, or <c>"file:PATH"</c>.</summary>
internal sealed class LogTargetForm : ValueForm<LogTarget>
{
    private const string Allowed = "\"auto\", \"stderr\", \"journal\", \"syslog\" or \"file:PATH\"";

    private const string FilePrefix = "file:";

    public override string Type => "target";

    public override Schema Schema => Schema.Any(
        Schema.Words(["auto", "stderr", "journal", "syslog"]), Schema.Text($"{FilePrefix}{Schema.NameOfFile}"));

    public override bool TryRead(TomlNode node, ValueReader reader, out LogTarget value)
    {
        value = LogTarget.Default;
        if (!reader.TryText(node, Allowed, out string text))
        {
            return false;
        }

        if (text.StartsWith(FilePrefix, StringComparison.Ordinal))
        {
            return TryReadFile(text[FilePrefix.Length..], node, reader, out value);
        }

        LogTargetKind? kind = text switch
        {
            "auto" => LogTargetKind.Auto,
            "stderr" => LogTargetKind.StandardError,
            "journal" => LogTargetKind.Journal,
            "syslog" => LogTargetKind.Syslog,
            _ => null,
        };
        value = new LogTarget(kind ?? LogTargetKind.Auto);
        return kind is not null || reader.NotAllowed(node, Allowed);
    }

    /// <summary>Reads a path; a relative one starts at the directory of superd.toml.</summary>
    private static bool TryReadFile(string path, TomlNode node, ValueReader reader, out LogTarget target)
    {
        target = LogTarget.Default;
        if (path.Length == 0 || path.EndsWith('/'))
        {
            return reader.NotAllowed(node, Allowed);
        }

        string file = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(reader.At(node).File) ?? "", path));
        string directory = Path.GetDirectoryName(file) ?? "/";
        if (Directory.Exists(file))
        {
            reader.Warn(
                node,
                $"{reader.Key}: {Wording.Quote(file)} is a directory; add the name of a file, or superd logs to standard error");
        }
        else if (!Directory.Exists(directory))
        {
            reader.Warn(node, $"{reader.Key}: there is no directory {Wording.Quote(directory)}; make it, or superd logs to standard error");
        }

        target = new LogTarget(LogTargetKind.File, file);
        return true;
    }
}
