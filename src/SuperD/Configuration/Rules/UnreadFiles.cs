using System.Collections.Immutable;
using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>Files of the services directory that nothing reads, though they may be meant: a.conf, b, UPPER.TOML, a backup.</summary>
internal static class UnreadFiles
{
    /// <summary>So many names are looked at; the directory may hold anything.</summary>
    private const int MostExamined = 1000;

    /// <summary>The names of regular files that are neither programs nor named by a service.</summary>
    /// <param name="directory">As shown in messages.</param>
    /// <param name="names">The names in it that are not those of service files.</param>
    /// <param name="services">The services, whose programs, arguments and banners may be in the directory.</param>
    /// <param name="context">The load.</param>
    public static ImmutableArray<string> Find(
        string directory, IEnumerable<string> names, IEnumerable<ServiceDraft> services, LoadContext context)
    {
        HashSet<string> named = [.. context.Sources.Select(source => Path.GetFullPath(source.Path))];
        foreach (ServiceDefinition? service in services.Select(draft => draft.Definition))
        {
            if (service is not null)
            {
                BannerDefinition?[] banners = [service.Banner, service.BannerSuccess, service.BannerFail];
                named.UnionWith(banners.Select(banner => banner?.File).OfType<string>());
                IEnumerable<ServiceDefinition> programs = service.Variants.OfType<ServiceDefinition>().Prepend(service);
                named.UnionWith(programs.SelectMany(one => one.Arguments).Select(word => Path.Combine(service.Process.Directory, word)));
            }
        }

        return
        [
            .. names.Take(MostExamined).Where(name =>
            {
                string path = Path.GetFullPath(Path.Combine(directory, name));
                return !named.Contains(path) && IsNoProgram(path);
            }),
        ];
    }

    private static bool IsNoProgram(string path)
    {
        const int Executable = 0b001_001_001;
        return FileStatus.TryRead(path, followLinks: true, out FileStatus status) == 0
            && status.Kind == FileKind.Regular
            && (status.Permissions & Executable) == 0;
    }
}
