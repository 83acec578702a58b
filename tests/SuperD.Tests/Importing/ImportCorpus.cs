using System.Net;
using NUnit.Framework;
using SuperD.Importing;
using SuperD.Importing.Inetd;
using SuperD.Importing.Systemd;
using SuperD.Importing.Xinetd;
using SuperD.Tests.Support;

namespace SuperD.Tests.Importing;

/// <summary>The files of Corpus/ and the result of importing each.</summary>
internal static class ImportCorpus
{
    private const string Folder = "tests/SuperD.Tests/Importing/Corpus";

    /// <summary>A machine with the corpus' port names, without libwrap rules and without DNS.</summary>
    public static readonly ImportHost Host = new()
    {
        PortNamesFile = PathOf("services"),
        AccessFiles = [],
        UnitDirectories = [PathOf("systemd")],
        AddressesOf = name => name == "localhost" ? [IPAddress.IPv6Loopback, IPAddress.Loopback] : [],
    };

    /// <summary>The imported files, as paths relative to the corpus; all systemd units count as one.</summary>
    public static IEnumerable<string> Sources =>
        Directory.EnumerateFiles(PathOf("xinetd")).Concat(Directory.EnumerateFiles(PathOf("inetd")))
            .Select(file => Path.GetRelativePath(PathOf(""), file)).Append("systemd").Order(StringComparer.Ordinal);

    public static string PathOf(string file) => Path.Combine(Repository.PathOf(Folder), file).TrimEnd('/');

    /// <summary>The path of the file with a source's expected result.</summary>
    public static string Expected(string source) => PathOf($"expected/{source.Replace('/', '-')}.txt");

    public static (List<ServiceFile> Files, ImportReport Report) Import(string source)
    {
        var report = new ImportReport();
        (List<ServiceFile>? files, ImportProblem? problem) = Import(source, PathOf(source), report);
        Assert.That(problem, Is.Null);
        return (files!, report); // no problem, so there are files
    }

    /// <param name="path">The source's location, or that of a modified copy.</param>
    public static (List<ServiceFile>? Files, ImportProblem? Problem) Import(string source, string path, ImportReport report) =>
        source.Split('/')[0] switch
    {
        "xinetd" => XinetdMapper.Import(path, report, Host),
        "inetd" => InetdMapper.Import(path, source.Contains("inetutils") ? InetdDialect.Inetutils : InetdDialect.OpenBsd, report, Host),
        _ => SystemdMapper.Import([.. Directory.EnumerateFiles(path, "*.socket").Order(StringComparer.Ordinal)], report, Host),
    };

    /// <summary>The files of a source: a single file, or all units.</summary>
    public static string[] FilesOf(string source) =>
        Directory.Exists(PathOf(source)) ? Directory.GetFiles(PathOf(source)) : [PathOf(source)];

    /// <summary>The attributes of a service's first entry in an xinetd file, in order; all of them use <c>=</c>.</summary>
    public static Dictionary<string, string> XinetdEntry(string file, string service) =>
        File.ReadAllLines(PathOf($"xinetd/{file}"))
            .SkipWhile(line => line != $"service {service}").Skip(2).TakeWhile(line => line != "}")
            .Select(line => line.Split('=', 2)).ToDictionary(
                parts => parts[0].TrimEnd('+', '-', ' ').TrimStart().ToLowerInvariant(), parts => parts[1].Trim());

    /// <summary>The lines of a service file without comments.</summary>
    public static string[] Settings(ServiceFile file) => [.. file.Render().Split('\n').Where(line => line.Length > 0 && line[0] != '#')];

    /// <summary>The complete result, without comments and without the path of the checkout.</summary>
    public static string Describe(List<ServiceFile> files, ImportReport report)
    {
        IEnumerable<string> settings = files.SelectMany(file => Settings(file).Prepend($"## {file.Name}").Append(""));
        IEnumerable<string> notes = report.Notes.Where(note => note.Fate != ImportFate.Mapped).Select(note => note.ToString());
        return string.Join('\n', [.. settings, "## report", .. notes, ""]).Replace(PathOf("") + "/", "", StringComparison.Ordinal);
    }
}
