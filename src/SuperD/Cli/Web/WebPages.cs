using SuperD.Control.Messages;
using SuperD.Conversing;

namespace SuperD.Cli.Web;

/// <summary>Answers the requests of browsers: the page's files, which are in the executable, and <c>/api/</c>.</summary>
/// <param name="mayWrite">Whether there is a token for which the page steers.</param>
internal sealed class WebPages(WebFeed feed, WebActions actions, WebGate gate, bool mayWrite)
{
    /// <summary>The endless response.</summary>
    public const string Events = "/api/events";

    private const string State = "/api/state";

    /// <summary>
    /// Only the page's own files run, and it talks to nobody else; nobody shows it in a frame, reads its files, or learns its address.
    /// </summary>
    private const string Headers =
        "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'\r\n"
        + "X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\nReferrer-Policy: no-referrer\r\n"
        + "Cross-Origin-Resource-Policy: same-origin\r\nCross-Origin-Opener-Policy: same-origin\r\nX-Accel-Buffering: no\r\n";

    private static readonly (string Path, string Type, string Name)[] s_files =
    [
        ("/", "text/html; charset=utf-8", "index.html"),
        ("/page.css", "text/css; charset=utf-8", "page.css"),
        ("/page.js", "text/javascript; charset=utf-8", "page.js"),
        ("/icon.svg", "image/svg+xml", "icon.svg"),
    ];

    /// <summary>Answers a request.</summary>
    /// <param name="head">Its bytes.</param>
    public HttpResponse Answer(HttpRequest request, ReadOnlySpan<byte> head) => (gate.WhyRefused(request, head) is { } why
        ? HttpResponse.Sentence(HttpStatus.Forbidden, why)
        : Find(request, HttpRequest.HeaderOf(head, "X-Superd-Token"u8) ?? string.Empty)) with { Headers = Headers };

    private HttpResponse Find(HttpRequest request, string token)
    {
        if (WebActions.Find(request.Path) is { } order)
        {
            return request.Method == "POST" ? Order(order, token)
                : HttpResponse.Sentence(HttpStatus.MethodNotAllowed, "only POST orders something") with { Allowed = "POST" };
        }

        HttpResponse? found = request.Path switch
        {
            Events => new HttpResponse(HttpStatus.Ok, "text/event-stream", Body: null, feed.Events(mayWrite)),
            State => new HttpResponse(HttpStatus.Ok, "application/json", feed.State + "\n"),
            _ => Array.Find(s_files, file => file.Path == request.Path) is { Name: { } name, Type: var type }
                ? new HttpResponse(HttpStatus.Ok, type, Read(name))
                : null,
        };
        return found is null ? HttpResponse.Sentence(HttpStatus.NotFound, "there is no such page")
            : request.Method is "GET" or "HEAD" ? found
            : HttpResponse.Sentence(HttpStatus.MethodNotAllowed, "only GET and HEAD have an answer");
    }

    private HttpResponse Order(ControlRequest order, string token) => mayWrite
        ? actions.Order(order, token)
        : HttpResponse.Sentence(HttpStatus.Forbidden, "this page only looks; web.write in its service file lets it do more");

    private static string Read(string name)
    {
        // In the executable: the build puts it there.
        using var reader = new StreamReader(typeof(WebPages).Assembly.GetManifestResourceStream($"page/{name}")!);
        return reader.ReadToEnd();
    }
}
