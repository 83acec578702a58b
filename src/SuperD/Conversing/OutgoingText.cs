using SuperD.Configuration;

namespace SuperD.Conversing;

/// <summary>The unsent rest of a text for one client. Clients share the text itself, however large it is.</summary>
internal sealed class OutgoingText(TextTemplate template, TextValues values)
{
    private int _part = -1;
    private ReadOnlyMemory<byte> _rest;

    /// <summary>Returns the next bytes to send; empty when all is sent.</summary>
    /// <param name="isLast">True if nothing follows them.</param>
    public ReadOnlySpan<byte> Next(out bool isLast)
    {
        while (_rest.IsEmpty && _part + 1 < template.Parts.Length)
        {
            TextPart part = template.Parts[++_part];
            _rest = part.Placeholder == Placeholder.None ? part.Literal : values.Of(part.Placeholder);
        }

        isLast = _part + 1 >= template.Parts.Length;
        return _rest.Span;
    }

    /// <summary>Returns everything that is not sent yet, in pieces; those of the shared text are not copied.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Rest() =>
    [
        _rest,
        .. template.Parts.Skip(_part + 1).Select(part => part.Placeholder == Placeholder.None ? part.Literal : values.Of(part.Placeholder)),
    ];

    /// <summary>Marks bytes of <see cref="Next"/> as sent.</summary>
    public void Advance(int count) => _rest = _rest[count..];
}
