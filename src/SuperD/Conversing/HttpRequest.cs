using System.Buffers;
using System.Text;

namespace SuperD.Conversing;

/// <summary>The head of an HTTP/1.0 or HTTP/1.1 request (RFC 9112), as far as a service that only answers questions needs it.</summary>
/// <param name="Method">As written; methods are case-sensitive.</param>
/// <param name="Path">Without query, scheme and host; escapes are not decoded.</param>
/// <param name="IsOld">HTTP/1.0, whose responses have no chunks.</param>
internal sealed record HttpRequest(string Method, string Path, bool IsOld)
{
    /// <summary>The longest head: what common servers accept.</summary>
    public const int MostBytes = 8192;

    private const int MostHeaders = 100;

    /// <summary>The characters of a method or a header's name: tchar of RFC 9110.</summary>
    private static readonly SearchValues<byte> s_token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>Whether the response has only a head.</summary>
    public bool IsHead => Method == "HEAD";

    /// <summary>Parses what has arrived so far. Strict: what is not exactly a request is refused, and nothing is guessed.</summary>
    /// <param name="bytes">At most <see cref="MostBytes"/> of them.</param>
    /// <param name="problem">The status of the refusal; null if there is none.</param>
    /// <returns>Null while the head is incomplete, or when it is refused.</returns>
    public static HttpRequest? Parse(ReadOnlySpan<byte> bytes, out HttpStatus? problem)
    {
        int end = bytes.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            // A first line that can never be one is refused now: its sender may wait for an answer, and never send an empty line.
            problem = bytes.Length >= MostBytes ? HttpStatus.HeadTooLarge
                : CannotBegin(bytes) ? HttpStatus.BadRequest
                : null;
            return null;
        }

        ReadOnlySpan<byte> head = bytes[..end];
        int endOfLine = head.IndexOf("\r\n"u8);
        HttpRequest? request = ParseLine(endOfLine < 0 ? head : head[..endOfLine]);
        ReadOnlySpan<byte> headers = endOfLine < 0 ? default : head[(endOfLine + 2)..];
        problem = request is null ? HttpStatus.BadRequest : FindBadHeader(headers, request);
        return problem is null ? request : null;
    }

    /// <summary>Whether these first bytes cannot begin a request.</summary>
    private static bool CannotBegin(ReadOnlySpan<byte> bytes)
    {
        int endOfLine = bytes.IndexOf("\r\n"u8);
        ReadOnlySpan<byte> line = endOfLine < 0 ? bytes : bytes[..endOfLine];
        int space = line.IndexOf((byte)' ');
        ReadOnlySpan<byte> method = space < 0 ? line.TrimEnd((byte)'\r') : line[..space];
        return (endOfLine >= 0 && ParseLine(line) is null) || method.ContainsAnyExcept(s_token) || line.Contains((byte)'\n');
    }

    private static HttpRequest? ParseLine(ReadOnlySpan<byte> line)
    {
        int first = line.IndexOf((byte)' '), last = line.LastIndexOf((byte)' ');
        if (first == last)
        {
            return null;
        }

        // A third space is in the target, and refused with it.
        ReadOnlySpan<byte> method = line[..first], target = line[(first + 1)..last], version = line[(last + 1)..];
        bool isOld = version.SequenceEqual("HTTP/1.0"u8);
        bool isGood = !method.IsEmpty
            && !method.ContainsAnyExcept(s_token)
            && !target.IsEmpty
            && !target.ContainsAnyExceptInRange((byte)0x21, (byte)0x7E)
            && (isOld || version.SequenceEqual("HTTP/1.1"u8));
        return isGood && PathOf(Encoding.ASCII.GetString(target)) is { } path
            ? new HttpRequest(Encoding.ASCII.GetString(method), path, isOld)
            : null;
    }

    /// <summary>The path of a target in origin form, in absolute form as a proxy gets it, or <c>*</c>; null for none of them.</summary>
    private static string? PathOf(string target)
    {
        const string Scheme = "http://";
        if (target.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            int slash = target.IndexOf('/', Scheme.Length);
            target = slash < 0 ? "/" : target[slash..];
        }

        return target == "*" || target.StartsWith('/') ? target.Split('?')[0] : null;
    }

    /// <summary>The value of a header of a good head; null if there is none, or if there are several of the name.</summary>
    /// <param name="head">The bytes that were parsed.</param>
    public static string? HeaderOf(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name) =>
        Count(head, name, out string? value) == 1 ? value : null;

    /// <summary>How many headers of a good head have this name.</summary>
    /// <param name="head">The bytes that were parsed.</param>
    public static int CountOf(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name) => Count(head, name, out _);

    private static int Count(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name, out string? value)
    {
        value = null;
        int count = 0;
        head = head[..(head.IndexOf("\r\n\r\n"u8) + 2)];
        for (head = head[(head.IndexOf("\r\n"u8) + 2)..]; !head.IsEmpty;)
        {
            int end = head.IndexOf("\r\n"u8);
            ReadOnlySpan<byte> line = head[..end];
            head = head[(end + 2)..];
            int colon = line.IndexOf((byte)':');
            if (Is(line[..colon], name))
            {
                count++;
                value = Encoding.Latin1.GetString(line[(colon + 1)..].Trim(" \t"u8));
            }
        }

        return count;
    }

    /// <summary>Why the headers are refused; null if they are good. A body has no meaning here, and a hidden one is a danger.</summary>
    private static HttpStatus? FindBadHeader(ReadOnlySpan<byte> headers, HttpRequest request)
    {
        int count = 0, hosts = 0;
        while (!headers.IsEmpty)
        {
            int end = headers.IndexOf("\r\n"u8);
            ReadOnlySpan<byte> line = end < 0 ? headers : headers[..end];
            headers = end < 0 ? default : headers[(end + 2)..];
            int colon = line.IndexOf((byte)':');
            ReadOnlySpan<byte> name = colon < 0 ? default : line[..colon];
            ReadOnlySpan<byte> value = line[(colon + 1)..].Trim(" \t"u8);
            if (++count > MostHeaders)
            {
                return HttpStatus.HeadTooLarge;
            }

            // A name with a space, or a line that begins with one (obs-fold), is how requests are smuggled.
            bool isBad = name.IsEmpty
                || name.ContainsAnyExcept(s_token)
                || HasControls(value)
                || Is(name, "Transfer-Encoding"u8)
                || (Is(name, "Content-Length"u8) && !value.SequenceEqual("0"u8));
            hosts += Is(name, "Host"u8) ? 1 : 0;
            if (isBad || hosts > 1)
            {
                return HttpStatus.BadRequest;
            }
        }

        return hosts == 0 && !request.IsOld ? HttpStatus.BadRequest : null;
    }

    private static bool HasControls(ReadOnlySpan<byte> value)
    {
        foreach (byte one in value)
        {
            if (one is 0x7F or < 0x20 and not (byte)'\t')
            {
                return true;
            }
        }

        return false;
    }

    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> other) => Ascii.EqualsIgnoreCase(name, other);
}
