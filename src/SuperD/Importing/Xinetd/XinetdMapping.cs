using System.Diagnostics.CodeAnalysis;
using SuperD.Configuration;

namespace SuperD.Importing.Xinetd;

/// <summary>The mapping of one service from xinetd's attributes to the keys of a service file.</summary>
internal sealed class XinetdMapping(XinetdService service, ServiceFile file, ImportReport report, ImportHost host, PortNames ports)
{
    /// <summary>The service.</summary>
    public XinetdService Service => service;

    /// <summary>The service file under construction.</summary>
    public ServiceFile File => file;

    /// <summary>Receives the outcome of each line.</summary>
    public ImportReport Report => report;

    /// <summary>The machine.</summary>
    public ImportHost Host => host;

    /// <summary>The port names of the machine.</summary>
    public PortNames Ports => ports;

    /// <summary>What serves the clients.</summary>
    public XinetdKind Kind { get; } =
        service.HasWord("flags", "SENSOR") ? XinetdKind.Sensor
        : service.HasWord("type", "INTERNAL") ? XinetdKind.Builtin
        : service.Has("redirect", out _) ? XinetdKind.Redirect
        : XinetdKind.Program;

    /// <summary>Either <c>socket_type = dgram</c> or <c>protocol = udp</c> is enough for xinetd.</summary>
    public bool IsDatagram { get; } =
        service.HasWord("socket_type", "dgram") || (!service.Has("socket_type", out _) && service.HasWord("protocol", "udp"));

    /// <summary>Whether the program gets the listening socket. Without a program <c>wait</c> has no meaning.</summary>
    public bool IsWait => Kind == XinetdKind.Program && service.HasWord("wait", "yes");

    /// <summary><c>udp</c> or <c>tcp</c>.</summary>
    public string Protocol => IsDatagram ? "udp" : "tcp";

    /// <summary>The value of an attribute, if it is set. A caller that asks for it must report its outcome.</summary>
    public bool Has(string attribute, [NotNullWhen(true)] out XinetdValue? value) => service.Has(attribute, out value);

    /// <summary>Reports that all lines of a value are mapped to a key.</summary>
    public void Mapped(string attribute, XinetdValue value, string here)
    {
        foreach (SourceLine place in value.Places)
        {
            report.Mapped(place, attribute, here);
        }
    }

    /// <summary>Reports that a value is imported with a difference; its other lines are reported as mapped.</summary>
    public void Differs(string attribute, XinetdValue value, string how)
    {
        Mapped(attribute, value, how);
        report.Differs(value.Place, attribute, how);
    }

    /// <summary>Reports that all lines of a value are not imported, and does what the attribute's weight asks for.</summary>
    public void NotMapped(string attribute, XinetdValue value, string why)
    {
        string forWhom = IsOfDefaults(value) ? $"for {file.Name}: " : "";
        foreach (SourceLine place in value.Places)
        {
            report.NotMapped(place, attribute, forWhom + why);
        }

        ImportWeight weight = XinetdAttributes.Find(attribute)!.Weight; // a row of the table
        file.Lose(weight, $"{attribute} = {string.Join(' ', value.Words)}", value.Place, why);
    }

    /// <summary>Reports that a word is not imported, at the lines that hold it; the caller reports the value's other lines.</summary>
    /// <param name="attribute">The attribute.</param>
    /// <param name="value">Its value.</param>
    /// <param name="word">The word.</param>
    /// <param name="weight">What is lost without it.</param>
    /// <param name="why">Why it is not imported.</param>
    public void NotMapped(string attribute, XinetdValue value, string word, ImportWeight weight, string why)
    {
        foreach (SourceLine place in value.PlacesOf(word))
        {
            report.NotMapped(place, $"{attribute}: {word}", why);
            file.Lose(weight, $"{word} of {attribute}", place, why);
        }
    }

    /// <summary>Reports each of the attributes that is set as left out.</summary>
    public void LeaveOut(string why, params ReadOnlySpan<string> attributes)
    {
        foreach (string attribute in attributes)
        {
            if (Has(attribute, out XinetdValue? value))
            {
                Differs(attribute, value, IsOfDefaults(value) ? $"left out of {file.Name}: {why}" : $"left out: {why}");
            }
        }
    }

    /// <summary>Reports each of the attributes that is set as meaningless for this kind of service.</summary>
    public void Meaningless(params ReadOnlySpan<string> attributes)
    {
        foreach (string attribute in attributes)
        {
            if (Has(attribute, out XinetdValue? value))
            {
                Mapped(attribute, value, "without meaning for this service, there and here");
            }
        }
    }

    /// <summary>Reports a value that xinetd rejects. xinetd does not run the service, so it is disabled here too.</summary>
    /// <param name="attribute">The attribute.</param>
    /// <param name="value">Its value.</param>
    /// <param name="what">What is wrong.</param>
    /// <param name="word">The word that is wrong, whose line is to blame; null for the whole value.</param>
    public void Wrong(string attribute, XinetdValue value, string what, string? word = null)
    {
        SourceLine place = word is null ? value.Place : value.PlacesOf(word).First();
        foreach (SourceLine other in value.Places.Where(other => other != place))
        {
            report.Mapped(other, attribute, "read");
        }

        report.Wrong(place, attribute, what);
        file.TurnOff($"{attribute} = {string.Join(' ', value.Words)} ({place}): {what}");
    }

    /// <summary>Reports that an attribute is missing without which xinetd does not run the service, and disables it.</summary>
    /// <param name="attributes">The attribute, or several with their verb: <c>user is</c>.</param>
    /// <param name="key">The key to write.</param>
    public void Missing(string attributes, string key)
    {
        report.Wrong(
            service.Entry.Place, service.Entry.ToString(), $"{attributes} missing, so xinetd does not start it; here it needs {key}");
        file.TurnOff($"{attributes} missing, so xinetd does not start it; write {key}");
    }

    /// <summary>Whether the value comes from defaults, so that a note about it must name the service it holds for.</summary>
    private bool IsOfDefaults(XinetdValue value) => !service.Entry.Places.Contains(value.Place);

    /// <summary>Sets a key and reports its attribute.</summary>
    /// <param name="key">The key.</param>
    /// <param name="toml">Its value as TOML.</param>
    /// <param name="attribute">The attribute.</param>
    /// <param name="value">The attribute's value.</param>
    /// <param name="comment">A peculiarity of the original, for the file and the report; null for none.</param>
    /// <param name="isReported">True: the caller has reported the comment, at the lines of the words to blame.</param>
    public void Set(string key, string toml, string attribute, XinetdValue value, string? comment = null, bool isReported = false)
    {
        file.Set(key, toml, Join(comment, value.Merged is null ? null : $"{attribute} was put together: {value.Merged}"));
        if (comment is null || isReported)
        {
            Mapped(attribute, value, $"{key} = {toml}");
        }
        else
        {
            Differs(attribute, value, $"{key} = {toml}; {comment}");
        }
    }

    private static string? Join(string? first, string? second) => first is null || second is null ? first ?? second : $"{first}; {second}";
}
