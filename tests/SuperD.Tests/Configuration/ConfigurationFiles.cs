using System.Collections.Immutable;
using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Configuration;

/// <summary>A superd.toml and its services in a directory of their own, and the loader's result.</summary>
internal sealed class ConfigurationFiles : IDisposable
{
    /// <summary>A valid program and a valid address: the minimum of a service file.</summary>
    public const string Exec = "exec = \"/bin/cat\"\n", Listen = "listen = 0\n";

    /// <summary>
    /// A superd that is not root but has every capability, so that a test does not depend on its user and gets no warning about root.
    /// </summary>
    public static readonly HostContext Able = new()
    {
        UserId = 54321, GroupId = 54321, Capabilities = ulong.MaxValue, Variable = _ => null
    };

    /// <summary>A superd that runs as an ordinary user without any capability.</summary>
    public static readonly HostContext Ordinary = Able with
    {
        Capabilities = 0,
        Groups = [54321],
        HardLimits = ImmutableDictionary<Resource, ulong>.Empty.Add(Resource.OpenFiles, 4096),
    };

    /// <summary>A superd that runs as root.</summary>
    public static readonly HostContext Root = Able with { UserId = 0, GroupId = 0, Groups = [0] };

    public ConfigurationFiles(string superdToml = "")
    {
        Directory.Write("superd.toml", superdToml);
        Directory.MakeDirectory("services.d");
    }

    public TempDir Directory { get; } = new();

    public ConfigurationFiles Service(string name, string text)
    {
        Directory.Write($"services.d/{name}.toml", text);
        return this;
    }

    public LoadResult Load(HostContext? host = null) => ConfigurationLoader.Load(Directory["superd.toml"], host ?? Able);

    /// <summary>All diagnostics as lines without the directory: <c>services.d/han.toml:1:10: error: ...</c>.</summary>
    public string[] Problems(HostContext? host = null) =>
        [.. Load(host).Diagnostics.Select(diagnostic => diagnostic.ToString().Replace(Directory.Path + "/", ""))];

    /// <summary>
    /// The problems of a single service file <c>services.d/han.toml</c>, without the file's name: <c>1:10: error: ...</c>.
    /// </summary>
    public static string[] ProblemsOf(string service, HostContext? host = null, string superdToml = "")
    {
        using ConfigurationFiles files = new(superdToml);
        return [.. files.Service("han", service).Problems(host).Select(line => line.Replace("services.d/han.toml:", "").TrimStart())];
    }

    /// <summary>The definition from a single service file; the test fails if there is any problem.</summary>
    public static ServiceDefinition DefinitionOf(string service, HostContext? host = null, string superdToml = "")
    {
        using ConfigurationFiles files = new(superdToml);
        LoadResult result = files.Service("han", service).Load(host);
        Assert.That(result.Diagnostics, Is.Empty);
        return result.Server!.Services.Single();
    }

    /// <summary>A definition as text with its lists spelled out, to compare two definitions.</summary>
    public static string Facts(ServiceDefinition service) => string.Join(
        '\n',
        [
            service.ToString(),
            .. service.Listen.Select(address => $"{address}"),
            .. service.Arguments,
            .. service.Process.Limits.Select(limit => $"{limit}"),
            .. service.Process.Environment.Select(pair => $"{pair}"),
            .. service.Variants.Select(variant => $"{variant}"),
            .. service.Sandbox is { } sandbox ? sandbox.Readable.Concat(sandbox.Writable).Select(path => $"{path}") : [],
            .. service.Sandbox?.SystemCalls ?? [],
        ]);

    public void Dispose() => Directory.Dispose();
}
