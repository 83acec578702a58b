using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using SuperD.Configuration;
using SuperD.Control;
using SuperD.Control.Messages;
using SuperD.Ending;

namespace SuperD.Cli;

/// <summary>The JSON document of <c>superd check --json</c>. Scripts rely on its names: add, never rename.</summary>
/// <param name="File">The superd.toml that was checked.</param>
/// <param name="OrphanMeans">How orphans of handlers would be found on this machine, by this user.</param>
/// <param name="StrictModes">Key <c>strict_modes</c>; null if superd could not start at all.</param>
/// <param name="Services">The names of the services that would run; null if superd could not start at all.</param>
/// <param name="Unread">The files in the services directory that are not read.</param>
/// <param name="InUse">The addresses that other programs have now, as far as this user may see it.</param>
/// <param name="Held">What holds the program of each service, by the service's name; null if superd could not start at all.</param>
internal sealed record CheckReport(
    string File,
    int Errors,
    int Warnings,
    string OrphanMeans,
    bool? StrictModes,
    IReadOnlyList<string>? Services,
    IReadOnlyList<CheckReport.Problem> Diagnostics,
    IReadOnlyList<string> Unread,
    IReadOnlyList<CheckReport.Use> InUse,
    IReadOnlyDictionary<string, HeldState>? Held)
{
    /// <summary>One problem of the configuration.</summary>
    /// <param name="Severity"><c>error</c> or <c>warning</c>.</param>
    /// <param name="Line">Counts from 1; null for a problem of the whole file.</param>
    /// <param name="Column">Counts from 1, in characters; null for a problem of the whole file.</param>
    internal sealed record Problem(string Severity, string File, int? Line, int? Column, int? Length, string Message);

    /// <summary>An address that another program has.</summary>
    internal sealed record Use(string Service, string Address, IReadOnlyList<int> Pids);

    /// <summary>Formats the result of a load.</summary>
    public static string ToJson(string file, LoadResult result)
    {
        string orphanMeans = ProcessTreesChoice.Foresee();
        var report = new CheckReport(
            file,
            result.Count(Severity.Error),
            result.Count(Severity.Warning),
            orphanMeans,
            result.Server?.StrictModes,
            result.Server is null ? null : [.. result.Server.Services.Select(service => service.Name)],
            [.. result.Diagnostics.Select(ToProblem)],
            result.UnreadFiles,
            result.Server is null ? [] : [.. RivalServer.FindStrangers(file, result.Server)
                .Select(one => new Use(one.Service.Name, one.Holder.Address.ToString(), one.Holder.Processes))],
            result.Server is null ? null : HeldStates.OfAll(result.Server.Services, orphanMeans));
        return JsonSerializer.Serialize(report, CheckReportContext.Readable.CheckReport);
    }

    private static Problem ToProblem(Diagnostic diagnostic)
    {
        SourceSpan? span = diagnostic.Span == SourceSpan.WholeFile ? null : diagnostic.Span;
        string severity = diagnostic.Severity == Severity.Error ? "error" : "warning";
        return new Problem(severity, diagnostic.File, span?.Line, span?.Column, span?.Length, diagnostic.Message);
    }
}

/// <summary>The serializer, generated at build time, without reflection.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(CheckReport))]
internal sealed partial class CheckReportContext : JsonSerializerContext
{
    /// <summary>
    /// Leaves quotes and the letters of all languages as they are: the document goes to a file or a pipe, never into a web page.
    /// </summary>
    public static CheckReportContext Readable => new(new JsonSerializerOptions
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    });
}
