using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>Files that nothing reads, though they may be meant: a.conf, b, UPPER.TOML, a backup, a service file elsewhere.</summary>
internal static partial class UnreadFiles
{
    /// <summary>A directory of the services directory whose files are there to be copied.</summary>
    private const string Examples = "examples";

    /// <summary>So many names of a directory are looked at; it may hold anything.</summary>
    private const int MostExamined = 1000;

    /// <summary>So much of a file is read to tell whether it is a service file.</summary>
    private const int LengthOfStart = 4096;

    /// <summary>
    /// The regular files in the services directory that are neither programs nor named by a service, and the service files in its
    /// directories, but for examples, and beside superd.toml: their paths from the services directory.
    /// </summary>
    /// <param name="names">The names in the services directory that are not those of service files.</param>
    /// <param name="services">The services, whose programs, arguments, banners and sandboxes' files may be in the directory.</param>
    /// <param name="context">The load.</param>
    public static ImmutableArray<string> Find(IEnumerable<string> names, IEnumerable<ServiceDraft> services, LoadContext context)
    {
        if (context.ServicesDirectory.Length == 0 || context.ServerDirectory is not { } server)
        {
            return [];
        }

        string directory = Path.GetFullPath(context.ServicesDirectory);
        HashSet<string> named = [.. context.Sources.Select(source => Path.GetFullPath(source.Path))];
        foreach (ServiceDefinition? service in services.Select(draft => draft.Definition))
        {
            if (service is not null)
            {
                BannerDefinition?[] banners = [service.Banner, service.BannerSuccess, service.BannerFail];
                named.UnionWith(banners.Select(banner => banner?.File).OfType<string>());
                IEnumerable<ServiceDefinition> programs = service.Variants.OfType<ServiceDefinition>().Prepend(service);
                named.UnionWith(programs
                    .SelectMany(one => one.Sandbox is { } sandbox ? sandbox.Readable.Concat(sandbox.Writable) : [])
                    .Select(path => path.Path));
                named.UnionWith(programs.SelectMany(one => one.Sandbox?.Jail?.Binds ?? []).Select(bind => bind.Source));
                named.UnionWith(programs.SelectMany(one => one.Arguments).Select(word => Path.Combine(service.Process.Directory, word)));
            }
        }

        string[] inDirectory = [.. names.Take(MostExamined).Select(name => Path.Combine(directory, name))];
        IEnumerable<string> unread = inDirectory.Where(IsNoProgram)
            .Concat(inDirectory.Where(IsDirectory).SelectMany(ServiceFilesIn))
            .Concat(server == directory ? [] : ServiceFilesIn(server));
        return [.. unread.Where(path => !named.Contains(path)).Select(path => Path.GetRelativePath(directory, path))];
    }

    private static bool IsNoProgram(string path)
    {
        const int Executable = 0b001_001_001;
        return FileStatus.TryRead(path, followLinks: true, out FileStatus status) == 0
            && status.Kind == FileKind.Regular
            && (status.Permissions & Executable) == 0;
    }

    private static bool IsDirectory(string path) =>
        Path.GetFileName(path) != Examples
        && FileStatus.TryRead(path, followLinks: false, out FileStatus status) == 0 && status.Kind == FileKind.Directory;

    private static IEnumerable<string> ServiceFilesIn(string directory)
    {
        _ = DirectoryNames.TryRead(directory, out List<string> names);
        return names
            .Where(name => ServicesDirectory.IsServiceFile(name) && !name.StartsWith('.'))
            .Take(MostExamined)
            .Order(StringComparer.Ordinal)
            .Select(name => Path.Combine(directory, name))
            .Where(path => IsNoProgram(path)
                && ServiceKey().IsMatch(Encoding.UTF8.GetString(SmallFile.ReadStart(path, LengthOfStart))));
    }

    /// <summary>A line that hardly any other TOML file has.</summary>
    [GeneratedRegex("^(listen|exec)[ \t]*=", RegexOptions.Multiline)]
    private static partial Regex ServiceKey();
}
