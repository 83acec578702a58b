using System.Globalization;
using System.Text;

namespace SuperD.Conversing;

/// <summary>The status of a response.</summary>
internal enum HttpStatus
{
    Ok = 200,
    BadRequest = 400,
    Forbidden = 403,
    NotFound = 404,
    MethodNotAllowed = 405,
    Conflict = 409,
    HeadTooLarge = 431,
    NotReady = 503,
}

/// <summary>A response; the connection ends with it, so no client keeps a place by doing nothing.</summary>
/// <param name="ContentType">A MIME type.</param>
/// <param name="Body">The whole body; null if it comes in pieces.</param>
/// <param name="Pieces">Each is made when the one before has been sent; null for a whole body.</param>
internal sealed record HttpResponse(HttpStatus Status, string ContentType, string? Body, IEnumerable<string>? Pieces = null)
{
    private const string Text = "text/plain; charset=utf-8";

    /// <summary>More lines of the head, each with its CRLF.</summary>
    public string Headers { get; init; } = string.Empty;

    /// <summary>The methods that a <see cref="HttpStatus.MethodNotAllowed"/> names.</summary>
    public string Allowed { get; init; } = "GET, HEAD";

    /// <summary>A sentence for people, with a newline.</summary>
    public static HttpResponse Sentence(HttpStatus status, string sentence) => new(status, Text, sentence + "\n");

    /// <summary>The refusal of a request that was not understood.</summary>
    public static HttpResponse Refusal(HttpStatus status) => Sentence(status, status == HttpStatus.HeadTooLarge
        ? $"the head of a request has at most {HttpRequest.MostBytes} bytes"
        : "this is no request of HTTP/1.1 or HTTP/1.0 without a body");

    /// <summary>
    /// The bytes to send: the head first. A body of several pieces has chunks (RFC 9112, 7.1), or for HTTP/1.0 ends with the connection.
    /// </summary>
    /// <param name="request">What it answers; null for a request that was not understood.</param>
    public IEnumerable<byte[]> Bytes(HttpRequest? request)
    {
        bool isChunked = Pieces is not null && request is not { IsOld: true };
        byte[] whole = Encoding.UTF8.GetBytes(Body ?? string.Empty);
        string length = Body is not null ? string.Create(CultureInfo.InvariantCulture, $"Content-Length: {whole.Length}\r\n")
            : isChunked ? "Transfer-Encoding: chunked\r\n"
            : string.Empty;
        string allow = Status == HttpStatus.MethodNotAllowed ? $"Allow: {Allowed}\r\n" : string.Empty;
        byte[] head = Encoding.ASCII.GetBytes(
            $"HTTP/1.1 {(int)Status} {Reason}\r\nContent-Type: {ContentType}\r\nCache-Control: no-store\r\nConnection: close\r\n"
            + $"{length}{allow}{Headers}\r\n");
        bool isHead = request is { IsHead: true };
        yield return isHead ? head : [.. head, .. whole];
        if (isHead)
        {
            yield break;
        }

        foreach (string piece in Pieces ?? [])
        {
            byte[] bytes = Encoding.UTF8.GetBytes(piece);
            if (bytes.Length > 0)
            {
                yield return isChunked ? Chunk(bytes) : bytes;
            }
        }

        if (isChunked)
        {
            yield return "0\r\n\r\n"u8.ToArray();
        }
    }

    private string Reason => Status switch
    {
        HttpStatus.Ok => "OK",
        HttpStatus.BadRequest => "Bad Request",
        HttpStatus.Forbidden => "Forbidden",
        HttpStatus.NotFound => "Not Found",
        HttpStatus.MethodNotAllowed => "Method Not Allowed",
        HttpStatus.Conflict => "Conflict",
        HttpStatus.HeadTooLarge => "Request Header Fields Too Large",
        _ => "Service Unavailable",
    };

    private static byte[] Chunk(byte[] bytes) =>
        [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{bytes.Length:x}\r\n")), .. bytes, .. "\r\n"u8];
}
