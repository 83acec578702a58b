using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using SuperD.Configuration.Keys;
using SuperD.Configuration.Rules;
using SuperD.Configuration.Toml;
using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>Reads superd.toml and its service files into a <see cref="ServerDefinition"/> and reports all problems at once.</summary>
/// <remarks>
/// The stages: bytes -> TOML tree (Toml/) -> as written, key by key (Keys/, Values/: ServerConfig, ServiceConfig) -> checked against
/// each other and the machine (Rules/) -> definitions. A load keeps no state and changes nothing on the machine. Any thread.
/// </remarks>
internal static class ConfigurationLoader
{
    private const string DefaultServices = "services.d";

    private const int MostAttempts = 20;

    /// <summary>The superd.toml of someone who has none.</summary>
    private static readonly TomlTable s_nothing = new([], SourceSpan.WholeFile);

    /// <summary>The pause between two attempts; a change in several steps (the swap of a ConfigMap's directory) may finish in it.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Like <see cref="Load(string, HostContext)"/>, but never a mixture of two versions. Blocks.</summary>
    /// <remarks>If a file changes during the load, it reads all files again.</remarks>
    public static LoadResult LoadSteadily(string superdToml, HostContext host)
    {
        for (int attempt = 1; attempt <= MostAttempts; attempt++)
        {
            LoadResult result = Load(superdToml, host);
            if (result.IsSteady)
            {
                return result;
            }

            Thread.Sleep(s_pause);
        }

        string problem = $"the configuration has changed while it was read, {MostAttempts} times in a row; "
            + "try again when nobody writes to it";
        return new LoadResult(null, [Diagnostic.Error(superdToml, SourceSpan.WholeFile, problem)]);
    }

    /// <summary>Loads the configuration. Never throws, whatever the files contain.</summary>
    /// <param name="superdToml">The path of superd.toml. Messages show it as given, and the service files relative to it.</param>
    /// <param name="host">The machine.</param>
    public static LoadResult Load(string superdToml, HostContext host) => Load(superdToml, [], host);

    /// <summary>Loads single service files as if they stood in the services directory, and reports their problems alone.</summary>
    /// <remarks>A file replaces the service of its name. The errors of superd.toml are reported too, since its defaults apply.</remarks>
    /// <param name="superdToml">The path of superd.toml; null when there is none.</param>
    /// <param name="files">The files, and superd.toml itself if its warnings are wanted.</param>
    /// <param name="host">The machine.</param>
    public static LoadResult LoadFiles(string? superdToml, IReadOnlyList<string> files, HostContext host)
    {
        LoadResult whole = Load(superdToml, [.. files.Where(file => file != superdToml)], host);
        return whole with
        {
            Server = whole.Server is null
                ? null
                : whole.Server with { Services = [.. whole.Server.Services.Where(service => files.Contains(service.SourceFile))] },
            Diagnostics =
            [
                .. whole.Diagnostics.Where(problem =>
                    files.Contains(problem.File) || (problem.File == superdToml && problem.Severity == Severity.Error)),
            ],
        };
    }

    private static LoadResult Load(string? superdToml, IReadOnlyList<string> given, HostContext host)
    {
        var context = new LoadContext(host);
        var places = new Dictionary<string, ImmutableArray<Written<ListenAddress>>>(StringComparer.Ordinal);
        ServerDefinition? server = Load(superdToml, given, context, places);
        ImmutableArray<Diagnostic> problems = [.. context.Problems.InOrder(superdToml ?? "")];
        return new LoadResult(server is null ? null : server with { Broken = BrokenFile.In(problems, context.ServicesDirectory) }, problems)
        {
            ListenPlaces = places,
            Sources = context.Sources,
            ServicesDirectory = context.ServicesDirectory,
            UnreadFiles = context.UnreadFiles,
            Services = context.Services,
        };
    }

    /// <summary>Reads only the console's settings, as far as possible: superd keeps running while its superd.toml is edited.</summary>
    /// <returns>Null when there is no such file.</returns>
    public static ControlDefinition? FindControl(string superdToml, HostContext host)
    {
        var context = new LoadContext(host);

        // No strict modes: root may query a superd of any user, and the client checks who answers.
        if (ReadDocument(superdToml, context) is not { Root: { } table })
        {
            return null;
        }

        var server = new ServerConfig(superdToml);
        TableReader.Read(table, server, new TableScope(KeyPlaces.Server, "", superdToml, context.Problems, Inherited: null));
        return ControlRules.Resolve(server, context);
    }

    /// <summary>Reads only where the service files are: the directory, as shown in messages.</summary>
    /// <returns>Null when there is no such file.</returns>
    public static string? FindServices(string superdToml, HostContext host)
    {
        var context = new LoadContext(host);
        if (ReadDocument(superdToml, context) is not { Root: { } table })
        {
            return null;
        }

        var server = new ServerConfig(superdToml);
        TableReader.Read(table, server, new TableScope(KeyPlaces.Server, "", superdToml, context.Problems, Inherited: null));
        return ServicesOf(server);
    }

    /// <param name="written">The path of superd.toml; null when there is none, and so no services directory either.</param>
    private static ServerDefinition? Load(
        string? written,
        IReadOnlyList<string> given,
        LoadContext context,
        Dictionary<string, ImmutableArray<Written<ListenAddress>>> places)
    {
        Problems problems = context.Problems;
        context.Strict = context.Host.TrustedOwners.Length == 0 ? null : new StrictModes(context.Host.TrustedOwners, context.Paths);

        // Strict modes apply to superd.toml whatever it says, since an untrusted user may have written it. If it fails the check, nothing
        // it refers to is read.
        TomlTable? read = written is null ? s_nothing : ReadDocument(written, context, StrictWords.OfServer)?.Root;
        if (read is not { } table)
        {
            return null;
        }

        context.ServerDirectory = written is null ? null : Path.GetDirectoryName(Path.GetFullPath(written));
        string superdToml = written ?? "superd.toml";
        var server = new ServerConfig(superdToml);
        TableReader.Read(table, server, new TableScope(KeyPlaces.Server, "", superdToml, problems, Inherited: null));
        context.Strict = server.StrictModes is { Value: false } ? null : context.Strict;
        context.DynamicUsers = server.DynamicUsers;
        ServiceRules.CheckDefaults(server.Defaults, context);

        ControlDefinition control = ControlRules.Resolve(server, context);

        // An inherited value can be cited in a message only if the defaults have no error.
        TomlTable? citable = problems.HasErrors(superdToml) ? null : table.Find("defaults")?.Value as TomlTable;
        ImmutableArray<ServiceDefinition> services =
            LoadServices(server, hasDirectory: written is not null, given, control, citable, context, places);
        return problems.HasErrors(superdToml)
            ? null
            : new ServerDefinition
            {
                SourceFile = superdToml,
                Services = services,
                LogLevel = server.LogLevel?.Value ?? LogLevel.Information,
                LogFormat = server.LogFormat?.Value ?? LogFormat.Text,
                LogTarget = server.LogTarget?.Value ?? LogTarget.Default,
                MaxHandlers = server.MaxHandlers?.Value,
                Control = control,
                ShutdownGrace = server.ShutdownGrace?.Value ?? ServerDefinition.DefaultShutdownGrace,
                LameDuck = server.LameDuck?.Value ?? TimeSpan.Zero,
                StrictModes = server.StrictModes?.Value ?? true,
                TrustedOwners = context.Strict is null ? [] : context.Host.TrustedOwners,
            };
    }

    private static ImmutableArray<ServiceDefinition> LoadServices(
        ServerConfig server,
        bool hasDirectory,
        IReadOnlyList<string> given,
        ControlDefinition control,
        TomlTable? citable,
        LoadContext context,
        Dictionary<string, ImmutableArray<Written<ListenAddress>>> places)
    {
        Problems problems = context.Problems;
        List<string> unread = [];
        List<string>? files = hasDirectory ? ListDirectory(server, given.Count > 0, context, out unread) : [];
        if (files is null && given.Count == 0)
        {
            return [];
        }

        // Last, so that of two services with one address a given file gets the error: only its problems are reported.
        IEnumerable<string> others = (files ?? []).Where(file => !given.Any(one => IsSameService(one, file)));
        files = [.. others, .. given.Where(one => IsReadable(one, problems))];
        IReadOnlyList<string> consoles = ConsolesOf(control, server.File, context.Host);
        var drafts = new List<ServiceDraft>(files.Count);
        var names = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (string file in files)
        {
            if (ServicesDirectory.NameOf(file, problems) is not { } name || ReadDocument(file, context) is not { } document)
            {
                continue;
            }

            if (!names.TryAdd(name, file))
            {
                problems.Error(
                    new Place(file, SourceSpan.WholeFile),
                    $"service '{name}' is already defined by {names[name]} (upper and lower case count the same); rename one of them");
            }

            var service = new ServiceConfig(name, file, document);
            TableReader.Read(document.Root, service, new TableScope(KeyPlaces.Service, "", file, problems, citable));
            ServiceDraft draft = ServiceRules.Resolve(service, server.Defaults, consoles, context);
            drafts.Add(draft);
            places[name] = draft.Listen;
        }

        context.UnreadFiles = UnreadFiles.Find(unread, drafts, context);
        ReportRules.Check(drafts, problems);
        ClaimAddresses(drafts, problems);
        RoundTripRules.Check(drafts, consoles, problems);
        ImmutableArray<ServiceDraft> good =
            [.. drafts.Where(draft => draft.Definition is not null && !problems.HasErrors(draft.Config.File))];
        RootRule.Warn(good, server.File, context);
        DynamicUserRules.Check(server, good.Any(draft => draft.Definition!.Process.DynamicUser is not null), context);
        ImmutableArray<ServiceDefinition> services = [.. good.Select(draft => draft.Definition!)];
        context.Services = services;
        return services;
    }

    private static string ServicesOf(ServerConfig server) =>
        Path.Combine(Path.GetDirectoryName(server.File) ?? "", server.Services?.Value ?? DefaultServices);

    /// <summary>The service files; null when their directory cannot be read, or its name cannot.</summary>
    private static List<string>? ListDirectory(ServerConfig server, bool mayBeEmpty, LoadContext context, out List<string> others)
    {
        Problems problems = context.Problems;
        string directory = ServicesOf(server);
        Place named = server.Services?.Place ?? new Place(server.File, SourceSpan.WholeFile);
        others = [];
        if (server.Services is null && !Directory.Exists(directory) && (mayBeEmpty || problems.HasErrors(server.File)))
        {
            // The unreadable line may be the very one that names the directory.
            return null;
        }

        context.ServicesDirectory = directory;
        context.Sources.Add((directory, FileStamp.Of(directory)));
        List<string>? files = ServicesDirectory.List(directory, named, context, out others);
        if (files is { Count: 0 })
        {
            problems.Warning(named, $"the services directory {Wording.Quote(directory)} holds no service; put a NAME.toml into it");
        }

        return files;
    }

    private static string NoFile(string file) => "there is no such file; "
        + (File.Exists(file + ServicesDirectory.Extension)
            ? $"did you mean {Wording.Quote(file + ServicesDirectory.Extension)}?"
            : "name a service file, NAME.toml");

    private static bool IsSameService(string left, string right) =>
        Path.GetFileName(left).Equals(Path.GetFileName(right), StringComparison.OrdinalIgnoreCase);

    private static bool IsReadable(string file, Problems problems)
    {
        bool good = ServicesDirectory.IsServiceFile(file);
        if (!good)
        {
            problems.Error(
                new Place(file, SourceSpan.WholeFile),
                Directory.Exists(file) ? "it is a directory; name files, or none: 'superd check' checks superd.toml and its services.d"
                : Path.Exists(file) ? "superd would not read it: a service file is called NAME.toml; rename it"
                : NoFile(file));
        }

        return good;
    }

    private static IReadOnlyList<string> ConsolesOf(ControlDefinition control, string superdToml, HostContext host) =>
        !control.Enabled ? []
        : control.Socket is { } written ? [written]
        : ControlPlaces.Candidates(superdToml, host.UserId);

    /// <summary>Good services claim first: if two collide, the error goes to the one that is bad anyway, and the other runs.</summary>
    private static void ClaimAddresses(List<ServiceDraft> drafts, Problems problems)
    {
        var claims = new AddressClaims(problems);
        var bad = new List<ServiceDraft>();
        foreach (ServiceDraft draft in drafts)
        {
            if (!draft.Enabled)
            {
                continue;
            }

            if (problems.HasErrors(draft.Config.File))
            {
                bad.Add(draft);
            }
            else
            {
                claims.Add(draft);
            }
        }

        bad.ForEach(claims.Add);
    }

    private static TomlDocument? ReadDocument(string file, LoadContext context, string otherwise = StrictWords.Off)
    {
        Problems problems = context.Problems;
        FileStamp before = FileStamp.Of(file);
        SmallFile? read = ConfigurationFile.Read(file, problems, context.Strict, otherwise: otherwise);
        context.Sources.Add((file, read?.Stamp ?? before));
        if (read is null)
        {
            return null;
        }

        TomlDocument document = TomlDocument.Parse(read.Bytes, file);
        foreach (Diagnostic problem in document.Diagnostics)
        {
            problems.Add(problem);
        }

        problems.AddUnlisted(file, document.Unlisted);

        return document;
    }
}
