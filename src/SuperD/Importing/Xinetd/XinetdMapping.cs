using System.Diagnostics.CodeAnalysis;

namespace SuperD.Importing.Xinetd;

/// <summary>One service on its way from xinetd's attributes to the keys of a service file.</summary>
internal sealed class XinetdMapping(XinetdService service, ServiceFile file, ImportReport report, ImportHost host, ServicePorts ports)
{
    public XinetdService Service => service;

    public ServiceFile File => file;

    public ImportReport Report => report;

    public ImportHost Host => host;

    public ServicePorts Ports => ports;

    public XinetdKind Kind { get; } =
        service.HasWord("flags", "SENSOR") ? XinetdKind.Sensor
        : service.HasWord("type", "INTERNAL") ? XinetdKind.Builtin
        : service.Has("redirect", out _) ? XinetdKind.Redirect
        : XinetdKind.Program;

    /// <summary>Of two words that each say it, one is enough for xinetd: <c>socket_type = dgram</c> and <c>protocol = udp</c>.</summary>
    public bool IsDatagram { get; } =
        service.HasWord("socket_type", "dgram") || (!service.Has("socket_type", out _) && service.HasWord("protocol", "udp"));

    /// <summary>The program gets the listening socket. For what xinetd answers itself, <c>wait</c> has no meaning.</summary>
    public bool IsWait => Kind == XinetdKind.Program && service.HasWord("wait", "yes");

    public string Protocol => IsDatagram ? "udp" : "tcp";

    /// <summary>The value of an attribute, if the service has one: whoever asks for it then reports what becomes of it.</summary>
    public bool Has(string attribute, [NotNullWhen(true)] out XinetdValue? value) => service.Has(attribute, out value);

    /// <summary>Reports that all lines of a value are in a key of the file.</summary>
    public void Mapped(string attribute, XinetdValue value, string here)
    {
        foreach (SourceLine place in value.Places)
        {
            report.Mapped(place, attribute, here);
        }
    }

    /// <summary>Reports that a value is imported, and what there is to know; the lines that it was made of are reported too.</summary>
    public void Differs(string attribute, XinetdValue value, string how)
    {
        Mapped(attribute, value, how);
        report.Differs(value.Place, attribute, how);
    }

    public void NotMapped(string attribute, XinetdValue value, string why)
    {
        foreach (SourceLine place in value.Places)
        {
            report.NotMapped(place, attribute, why);
        }
    }

    /// <summary>Reports those of the attributes that are set as without a place in the file.</summary>
    public void LeaveOut(string why, params ReadOnlySpan<string> attributes)
    {
        foreach (string attribute in attributes)
        {
            if (Has(attribute, out XinetdValue? value))
            {
                Differs(attribute, value, $"left out: {why}");
            }
        }
    }

    /// <summary>Reports those of the attributes that are set as without meaning for what this service is.</summary>
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

    /// <summary>A value that xinetd does not understand: it does not run the service, and so neither does superd.</summary>
    public void Wrong(string attribute, XinetdValue value, string what)
    {
        report.Wrong(value.Place, attribute, what);
        file.TurnOff($"{attribute} = {string.Join(' ', value.Words)} ({value.Place}): {what}");
    }

    /// <summary>Sets a key and reports its attribute.</summary>
    /// <param name="comment">What was odd, if anything; it is in the report too.</param>
    public void Set(string key, string toml, string attribute, XinetdValue value, string? comment = null)
    {
        file.Set(key, toml, Join(comment, value.Merged is null ? null : $"{attribute} was put together: {value.Merged}"));
        if (comment is null)
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
