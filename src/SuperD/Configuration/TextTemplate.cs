using System.Collections.Immutable;
using System.Text;

namespace SuperD.Configuration;

/// <summary>A placeholder for a value known only when a client connects.</summary>
internal enum Placeholder
{
    /// <summary>None: literal text.</summary>
    None,

    /// <summary><c>{peer}</c>: the client as the log shows it, address and port.</summary>
    Peer,

    /// <summary><c>{service}</c>: the service's name.</summary>
    Service,

    /// <summary><c>{reason}</c>: why the connection is refused, as in the log.</summary>
    Reason,

    /// <summary><c>{retry_after}</c>: the seconds after which a retry makes sense.</summary>
    RetryAfter,
}

/// <summary>A part of a <see cref="TextTemplate"/>: literal bytes or a placeholder.</summary>
/// <param name="Placeholder">The placeholder, or None.</param>
/// <param name="Literal">Empty for a placeholder.</param>
internal sealed record TextPart(Placeholder Placeholder, ReadOnlyMemory<byte> Literal);

/// <summary>A text for clients as bytes, split at its placeholders. Immutable.</summary>
internal sealed class TextTemplate
{
    private static readonly (string Name, Placeholder Placeholder)[] s_names =
        [
            ("peer", Placeholder.Peer),
            ("service", Placeholder.Service),
            ("reason", Placeholder.Reason),
            ("retry_after", Placeholder.RetryAfter),
        ];

    private TextTemplate(ImmutableArray<TextPart> parts) => Parts = parts;

    /// <summary>The parts in order; no literal is empty.</summary>
    public ImmutableArray<TextPart> Parts { get; }

    /// <summary>A text without placeholders; the caller must not change the bytes afterwards.</summary>
    public static TextTemplate Literal(ReadOnlyMemory<byte> bytes) =>
        new(bytes.IsEmpty ? [] : [new TextPart(Placeholder.None, bytes)]);

    /// <summary>A text without placeholders, in pieces; the caller must not change their bytes afterwards.</summary>
    public static TextTemplate OfPieces(IEnumerable<ReadOnlyMemory<byte>> pieces) =>
        new([.. pieces.Where(piece => !piece.IsEmpty).Select(piece => new TextPart(Placeholder.None, piece))]);

    /// <summary>The text of a file: known placeholders are replaced, and any other brace is literal, as in ASCII art.</summary>
    /// <remarks>It cannot be strict: the file may change at run time, when there is nobody to report an error to.</remarks>
    public static TextTemplate OfFile(ReadOnlyMemory<byte> bytes)
    {
        var parts = ImmutableArray.CreateBuilder<TextPart>();
        int start = 0;
        for (int at = 0; at < bytes.Length;)
        {
            int brace = bytes.Span[at..].IndexOf((byte)'{');
            if (brace < 0)
            {
                break;
            }

            at += brace;
            Placeholder placeholder = At(bytes.Span[at..], out int length);
            if (placeholder == Placeholder.None)
            {
                at++;
                continue;
            }

            AddLiteral(parts, bytes[start..at]);
            parts.Add(new TextPart(placeholder, default));
            at += length;
            start = at;
        }

        AddLiteral(parts, bytes[start..]);
        return new TextTemplate(parts.DrainToImmutable());
    }

    /// <summary>The pattern of what <see cref="Parse"/> accepts, if these placeholders may be used.</summary>
    public static string PatternOf(Func<Placeholder, bool> mayBeUsed)
    {
        IEnumerable<string> names = s_names.Where(known => mayBeUsed(known.Placeholder)).Select(known => known.Name);
        return $@"(?:[^{{}}]|\{{\{{|\}}\}}|\{{(?:{string.Join('|', names)})\}})*";
    }

    /// <summary>Parses a text of the configuration: <c>{name}</c> is a placeholder, <c>{{</c> and <c>}}</c> are braces.</summary>
    /// <param name="text">The text.</param>
    /// <param name="problem">Null, or what is wrong and what to do; the result is then null.</param>
    public static TextTemplate? Parse(string text, out string? problem)
    {
        var parts = ImmutableArray.CreateBuilder<TextPart>();
        var literal = new StringBuilder();
        problem = null;
        for (int at = 0; at < text.Length && problem is null; at++)
        {
            bool isDoubled = at + 1 < text.Length && text[at + 1] == text[at];
            if (text[at] is '{' or '}' && isDoubled)
            {
                literal.Append(text[at++]);
            }
            else if (text[at] == '{')
            {
                int end = text.IndexOf('}', at);
                problem = end < 0 ? "a '{' has no '}'; write {{ for a brace" : Add(text[(at + 1)..end], parts, literal);
                at = end;
            }
            else if (text[at] == '}')
            {
                problem = "a '}' has no '{'; write }} for a brace";
            }
            else
            {
                literal.Append(text[at]);
            }
        }

        AddLiteral(parts, Encoding.UTF8.GetBytes(literal.ToString()));
        return problem is null ? new TextTemplate(parts.DrainToImmutable()) : null;
    }

    /// <summary>The placeholder as it is written: <c>{peer}</c>.</summary>
    public static string Show(Placeholder placeholder) => $"{{{Array.Find(s_names, known => known.Placeholder == placeholder).Name}}}";

    private static string? Add(string name, ImmutableArray<TextPart>.Builder parts, StringBuilder literal)
    {
        foreach ((string known, Placeholder placeholder) in s_names)
        {
            if (known == name)
            {
                AddLiteral(parts, Encoding.UTF8.GetBytes(literal.ToString()));
                literal.Clear();
                parts.Add(new TextPart(placeholder, default));
                return null;
            }
        }

        string hint = NearestName.Find(name, s_names.Select(known => known.Name)) is { } near
            ? $"did you mean {{{near}}}? Or"
            : $"there are {string.Join(", ", s_names.Select(known => $"{{{known.Name}}}"))}, or";
        return $"the placeholder {Wording.Quote($"{{{name}}}")} is not known; {hint} write {{{{ and }}}} for braces";
    }

    private static void AddLiteral(ImmutableArray<TextPart>.Builder parts, ReadOnlyMemory<byte> bytes)
    {
        if (!bytes.IsEmpty)
        {
            parts.Add(new TextPart(Placeholder.None, bytes));
        }
    }

    private static Placeholder At(ReadOnlySpan<byte> text, out int length)
    {
        foreach ((string name, Placeholder placeholder) in s_names)
        {
            length = name.Length + 2;
            if (text.Length >= length && text[length - 1] == '}' && Ascii.Equals(text[1..(length - 1)], name))
            {
                return placeholder;
            }
        }

        length = 0;
        return Placeholder.None;
    }
}
