namespace SuperD.Importing.Systemd;

/// <summary>Combinations of directives for which systemd refuses a unit ("has a bad unit file setting") and never starts it.</summary>
/// <remarks>socket_verify and service_verify of systemd's socket.c and service.c.</remarks>
internal static class SystemdRefusals
{
    private const string Refused = "systemd refuses such a unit";

    /// <summary>Disables the service if systemd refuses one of its units.</summary>
    public static void Map(SystemdMapping mapping)
    {
        if (mapping.Accept)
        {
            Refuse(mapping, mapping.Socket.Last("Service"), "with Accept=yes the service is the template of the socket's name");
            foreach (string kind in (string[])["ListenDatagram", "ListenFIFO", "ListenSpecial", "ListenNetlink", "ListenMessageQueue"])
            {
                Refuse(mapping, mapping.Socket.Last(kind), "with Accept=yes a socket must have connections to accept");
            }
        }

        Unit service = mapping.Service;
        UnitLine? restart = service.Last("Restart");
        if (service.Last("Type")?.Value == "oneshot")
        {
            Refuse(mapping, restart?.Value is "always" or "on-success" ? restart : null, "with Type=oneshot a program is not restarted so");
            Refuse(mapping, service.Last("ExitType") is { Value: "cgroup" } exit ? exit : null, "not with Type=oneshot");
        }

        bool hasName = service.Last("BusName") is not null;
        Refuse(mapping, service.Last("Type") is { Value: "dbus" } bus && !hasName ? bus : null, "without BusName=");
        if (service.Last("PAMName") is not null && service.Last("KillMode") is { Value: "process" or "none" } mode)
        {
            Refuse(mapping, mode, "with PAMName= all processes must be ended");
        }
    }

    private static void Refuse(SystemdMapping mapping, UnitLine? line, string why)
    {
        if (line is not null)
        {
            mapping.Stop(line, $"{Refused}: {why}");
        }
    }
}
