using System.Diagnostics.CodeAnalysis;

namespace SuperD.Importing.Xinetd;

/// <summary>A service of xinetd with what each of its attributes comes to, defaults included.</summary>
internal sealed class XinetdService(XinetdEntry entry)
{
    public XinetdEntry Entry => entry;

    /// <summary>By attribute name; <c>interface</c> is under <c>bind</c>.</summary>
    public Dictionary<string, XinetdValue> Values { get; } = [];

    /// <summary>Why xinetd does not run it, one reason each; none when it does.</summary>
    public List<string> WhyOff { get; } = [];

    /// <summary>Its entry says <c>disable = yes</c>.</summary>
    public bool IsDisabled { get; set; }

    public string Name => entry.Service!; // only entries of services make one

    public string Id => Values.TryGetValue("id", out XinetdValue? id) ? id.Word : Name;

    /// <summary>It is asked for by its name, through the service tcpmux.</summary>
    public bool IsMultiplexed => HasWord("type", "TCPMUX") || HasWord("type", "TCPMUXPLUS");

    /// <summary>The value of an attribute, if it is set, by the entry or by defaults.</summary>
    public bool Has(string attribute, [NotNullWhen(true)] out XinetdValue? value) => Values.TryGetValue(attribute, out value);

    /// <summary>Whether <c>flags</c> or <c>type</c> has that word.</summary>
    public bool HasWord(string attribute, string word) => Has(attribute, out XinetdValue? value) && value.Words.Contains(word, StringComparer.OrdinalIgnoreCase);
}
