namespace SuperD.Importing.Xinetd;

/// <summary>An entry <c>service NAME { ... }</c> or <c>defaults { ... }</c> as written.</summary>
/// <param name="service">The service's name; null for <c>defaults</c>.</param>
/// <param name="place">Its first line.</param>
internal sealed class XinetdEntry(string? service, SourceLine place)
{
    /// <summary>The service's name; null for <c>defaults</c>.</summary>
    public string? Service => service;

    /// <summary>Its first line.</summary>
    public SourceLine Place => place;

    /// <summary>Whether its '{' stands behind its name, where xinetd does not see it.</summary>
    public bool HasBraceInFirstLine { get; init; }

    /// <summary>Its attributes, in order.</summary>
    public List<XinetdLine> Lines { get; } = [];

    /// <summary>The lines of its attributes.</summary>
    public IEnumerable<SourceLine> Places => Lines.Select(line => line.Place);

    /// <summary>The line of its closing brace.</summary>
    public int LastLine { get; set; } = place.Line;

    /// <summary>Why xinetd drops the whole entry; null when it does not.</summary>
    public string? Defect { get; set; }

    /// <summary>Whether its file's lines end in CR LF: xinetd takes the CR for a part of the last value of each line.</summary>
    public bool HasCarriageReturns { get; set; }

    /// <summary><c>service finger (lines 1-12)</c>.</summary>
    public override string ToString() => $"{(service is null ? "defaults" : $"service {service}")} (lines {place.Line}-{LastLine})";
}
