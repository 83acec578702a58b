using System.Diagnostics.CodeAnalysis;

namespace SuperD.Importing.Xinetd;

/// <summary>A service of xinetd with the resolved values of its attributes, including defaults.</summary>
internal sealed class XinetdService(XinetdEntry entry)
{
    /// <summary>Its entry.</summary>
    public XinetdEntry Entry => entry;

    /// <summary>Values by attribute name; <c>interface</c> is stored as <c>bind</c>.</summary>
    public Dictionary<string, XinetdValue> Values { get; } = [];

    /// <summary>Why xinetd does not run it, or runs it open to more clients than its entry means; empty otherwise.</summary>
    public List<string> WhyOff { get; } = [];

    /// <summary>What narrowed its program if xinetd did not ignore it, and why it does: the warnings of its file.</summary>
    public List<(string Subject, string Why)> Warnings { get; } = [];

    /// <summary>Whether its entry says <c>disable = yes</c>.</summary>
    public bool IsDisabled { get; set; }

    /// <summary>Its name.</summary>
    public string Name => entry.Service!; // an entry of defaults never becomes a service

    /// <summary>Its id; its name unless the attribute is set.</summary>
    public string Id => Values.TryGetValue("id", out XinetdValue? id) ? id.Word : Name;

    /// <summary>Whether clients reach it by name through the service tcpmux.</summary>
    public bool IsMultiplexed => HasWord("type", "TCPMUX") || HasWord("type", "TCPMUXPLUS");

    /// <summary>The value of an attribute, if the entry or defaults set it.</summary>
    public bool Has(string attribute, [NotNullWhen(true)] out XinetdValue? value) => Values.TryGetValue(attribute, out value);

    /// <summary>Whether a value such as <c>flags</c> or <c>type</c> contains a word, in any case.</summary>
    public bool HasWord(string attribute, string word) =>
        Has(attribute, out XinetdValue? value) && value.Words.Contains(word, StringComparer.OrdinalIgnoreCase);
}
