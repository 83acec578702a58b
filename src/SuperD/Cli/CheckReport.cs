using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using SuperD.Configuration;
using SuperD.Ending;

namespace SuperD.Cli;

/// <summary>The JSON document of <c>superd check --json</c>. Its names are a promise to scripts: add, never rename.</summary>
/// <param name="File">The superd.toml that was checked.</param>
/// <param name="OrphanMeans">How processes that handlers leave behind would be found on this machine, by this user.</param>
/// <param name="StrictModes">Key <c>strict_modes</c>; null when superd could not start at all.</param>
/// <param name="Services">Names of the services that would run; null when superd could not start at all.</param>
internal sealed record CheckReport(
    string File, int Errors, int Warnings, string OrphanMeans, bool? StrictModes, IReadOnlyList<string>? Services, IReadOnlyList<CheckReport.Problem> Diagnostics)
{
    /// <param name="Severity"><c>error</c> or <c>warning</c>.</param>
    /// <param name="Line">From 1; null when the file as a whole is meant.</param>
    /// <param name="Column">From 1, in characters; null when the file as a whole is meant.</param>
    internal sealed record Problem(string Severity, string File, int? Line, int? Column, int? Length, string Message);

    public static string ToJson(string file, LoadResult result)
    {
        var report = new CheckReport(
            file,
            result.Count(Severity.Error),
            result.Count(Severity.Warning),
            ProcessTreesChoice.Foresee(),
            result.Server?.StrictModes,
            result.Server is null ? null : [.. result.Server.Services.Select(service => service.Name)],
            [.. result.Diagnostics.Select(ToProblem)]);
        return JsonSerializer.Serialize(report, CheckReportContext.Readable.CheckReport);
    }

    private static Problem ToProblem(Diagnostic diagnostic)
    {
        SourceSpan? span = diagnostic.Span == SourceSpan.WholeFile ? null : diagnostic.Span;
        string severity = diagnostic.Severity == Severity.Error ? "error" : "warning";
        return new Problem(severity, diagnostic.File, span?.Line, span?.Column, span?.Length, diagnostic.Message);
    }
}

/// <summary>The serializer, generated at build time: nothing is looked up by reflection.</summary>
[JsonSerializable(typeof(CheckReport))]
internal sealed partial class CheckReportContext : JsonSerializerContext
{
    /// <summary>Quotes and letters of all languages as they are: the document goes to a file or a pipe, never into a web page.</summary>
    public static CheckReportContext Readable => new(new JsonSerializerOptions
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    });
}
