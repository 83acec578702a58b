using SuperD.Configuration;

namespace SuperD.Conversing;

/// <summary>What is still to be sent of a text to one client. The text itself is shared, however large it is.</summary>
internal sealed class OutgoingText(TextTemplate template, TextValues values)
{
    private int _part = -1;
    private ReadOnlyMemory<byte> _rest;

    /// <summary>The next bytes to send; empty when all is sent.</summary>
    /// <param name="isLast">True when nothing comes after them.</param>
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

    /// <summary>All that is not sent yet, in pieces: those of the shared text are not copied.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Rest() =>
        [_rest, .. template.Parts.Skip(_part + 1).Select(part => part.Placeholder == Placeholder.None ? part.Literal : values.Of(part.Placeholder))];

    /// <summary>So many bytes of <see cref="Next"/> are sent.</summary>
    public void Advance(int count) => _rest = _rest[count..];
}
