using SuperD.Configuration;

namespace SuperD.Importing;

/// <summary>An imported configuration on disk: superd.toml and services.d in one directory, which passes <c>superd check</c>.</summary>
/// <remarks>
/// It passes because we check it. A file with an error under root, usually because its program or user does not exist on this machine,
/// is renamed to NAME.toml.off, which superd does not read, and the report says why. xinetd does not start such a service either.
/// </remarks>
internal static class ImportedConfiguration
{
    /// <summary>The suffix of a file superd does not read.</summary>
    public const string Aside = ".off";

    private const string SuperdToml = "superd.toml", Services = "services.d";

    private const string Heading = """
        # Written by superd import. Everything a service takes over from defaults there stands in its own file here.
        #
        # What xinetd and inetd do and superd does not: they hand their whole environment to a program (pass_env names what shall
        # be passed on), and their descriptor 2 is the client's socket (stderr = "socket" in the files keeps that).

        """;

    /// <summary>Writes the files and puts aside those with errors. Overwrites nothing, and writes nothing if one of them exists.</summary>
    /// <param name="directory">Where to.</param>
    /// <param name="files">The service files.</param>
    /// <param name="report">Receives the errors.</param>
    /// <param name="isPassing">Whether the directory is only for the check: no message names it, or advises about its mode.</param>
    /// <returns>The files and their text, with paths relative to the directory; or null and a line for the user.</returns>
    public static (List<(string Path, string Text)>? Written, string? Problem) Write(
        string directory,
        IReadOnlyList<ServiceFile> files,
        ImportReport report,
        bool isPassing = false)
    {
        string services = Path.Combine(directory, Services);
        string server = Path.Combine(directory, SuperdToml);
        var written = new List<(string Path, string Text)>();
        try
        {
            foreach (ServiceFile file in files)
            {
                string path = PathOf(services, file);
                if (Path.Exists(path) || Path.Exists(path + Aside))
                {
                    return (null, $"{path} is there already; nothing was written: name another directory with -o, or remove it");
                }
            }

            Directory.CreateDirectory(services);
            if (!Path.Exists(server))
            {
                NewFile.Write(server, Heading);
                written.Add((SuperdToml, Heading));
            }

            foreach (ServiceFile file in files)
            {
                NewFile.Write(PathOf(services, file), file.Render());
            }

            if (isPassing)
            {
                Open(directory, services);
            }

            HashSet<string> aside = PutAside(directory, server, files, report, hidden: isPassing ? $"{directory}/" : null);
            foreach (ServiceFile file in files)
            {
                string suffix = aside.Contains(file.Name) ? Aside : "";
                written.Add(($"{Services}/{file.Name}{ServicesDirectory.Extension}{suffix}", file.Render()));
            }

            return (written, null);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return (null, $"cannot write the files: {FileFailure.Describe(problem)}");
        }
    }

    private static string PathOf(string services, ServiceFile file) => Path.Combine(services, file.Name + ServicesDirectory.Extension);

    /// <summary>Lets the check reach what is in a private directory as any user, and nobody read its files.</summary>
    private static void Open(string directory, string services)
    {
        const UnixFileMode Search = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        foreach (string file in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        File.SetUnixFileMode(services, Search);
        File.SetUnixFileMode(directory, Search);
    }

    /// <summary>Renames the files with errors and reports the errors; returns the names of their services.</summary>
    /// <param name="hidden">The start of paths that messages leave out; null for none.</param>
    private static HashSet<string> PutAside(
        string directory, string server, IReadOnlyList<ServiceFile> files, ImportReport report, string? hidden)
    {
        // xinetd and inetd run as root, and so will superd: a missing privilege of the current user is not an error of the files.
        HostContext root = HostContext.Current() with { UserId = 0, GroupId = 0, Capabilities = ulong.MaxValue };
        LoadResult result = ConfigurationLoader.Load(server, root);
        ILookup<string, Diagnostic> errorsOf = result.Diagnostics
            .Where(one => one.Severity == Severity.Error)
            .ToLookup(one => Path.GetFullPath(one.File));
        var aside = new HashSet<string>();
        foreach (ServiceFile file in files)
        {
            string path = PathOf(Path.Combine(directory, Services), file);
            Diagnostic[] errors = [.. errorsOf[Path.GetFullPath(path)]];
            if (errors.Length == 0)
            {
                continue;
            }

            File.Move(path, path + Aside);
            aside.Add(file.Name);
            foreach (Diagnostic error in errors)
            {
                string name = $"{Services}/{file.Name}{ServicesDirectory.Extension}{Aside}";
                string message = hidden is null ? error.Message : error.Message.Replace(hidden, "", StringComparison.Ordinal);
                report.Aside(new SourceLine(name, Math.Max(error.Span.Line, 1)), message);
            }
        }

        return aside;
    }
}
