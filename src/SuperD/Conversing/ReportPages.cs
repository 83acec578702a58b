using System.Text.Encodings.Web;
using SuperD.Configuration;

namespace SuperD.Conversing;

/// <summary>The pages of the builtins <c>health</c> and <c>metrics</c>.</summary>
internal static class ReportPages
{
    private const string Live = "/live", Ready = "/ready", ReadyOfService = "/ready/", Metrics = "/metrics";

    private const string Json = "application/json";

    /// <summary>The type of Prometheus's text format.</summary>
    private const string Exposition = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Answers a request to one of the two.</summary>
    public static HttpResponse Answer(HttpRequest request, Builtin builtin, IServerReport report)
    {
        HttpResponse? page = builtin == Builtin.Metrics
            ? request.Path == Metrics ? new HttpResponse(HttpStatus.Ok, Exposition, Body: null, report.Metrics()) : null
            : HealthOf(request.Path, report);
        return page is null
                ? HttpResponse.Sentence(
                    HttpStatus.NotFound,
                    builtin == Builtin.Metrics
                        ? $"there is {Metrics} and nothing else"
                        : $"there are {Live}, {Ready} and {ReadyOfService}SERVICE")
            : request.Method is "GET" or "HEAD" ? page
            : HttpResponse.Sentence(HttpStatus.MethodNotAllowed, "only GET and HEAD have an answer");
    }

    private static HttpResponse? HealthOf(string path, IServerReport report) => path switch
    {
        Live => Health("live", null), // a superd whose loop stands still does not answer
        Ready => Health("ready", report.WhyNotReady()),
        _ when path.StartsWith(ReadyOfService, StringComparison.Ordinal) =>
            report.TryFindWhyNotReady(path[ReadyOfService.Length..], out string? why) ? Health("ready", why) : null,
        _ => null,
    };

    private static HttpResponse Health(string good, string? whyNot) => whyNot is null
        ? new HttpResponse(HttpStatus.Ok, Json, $"{{\"status\":\"{good}\"}}\n")
        : new HttpResponse(
            HttpStatus.NotReady,
            Json,
            $"{{\"status\":\"not_{good}\",\"reason\":\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(whyNot)}\"}}\n");
}
