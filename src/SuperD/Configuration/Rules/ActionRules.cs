using SuperD.Configuration.Keys;

namespace SuperD.Configuration.Rules;

/// <summary>The action of a service: exactly one of exec, builtin, redirect and sensor, and only the keys that go with it.</summary>
internal static class ActionRules
{
    /// <summary>The keys of which a service has exactly one.</summary>
    public static readonly string[] Actions = ["exec", "builtin", "redirect", "sensor"];

    /// <summary>Reports a missing or second action, and keys without meaning for the action.</summary>
    public static void Check(MergedConfig config, LoadContext context)
    {
        ServiceConfig service = config.Service;
        (string Key, Place Place)[] written = [.. service.WrittenKeys.Where(key => Actions.Contains(key.Key))];

        // A key with a bad value has its own message.
        if (written.Length == 0 && !Actions.Any(service.MayMention))
        {
            context.Problems.Error(
                config.WholeFile,
                "exec is missing: a service needs a program to run; add exec = \"/path/of/the/program\"");
        }

        // AdmissionRules reports the keys beside a sensor.
        for (int i = 1; i < written.Length && service.Sensor is null; i++)
        {
            context.Problems.Error(
                written[i].Place,
                $"{written[i].Key} cannot stand beside {written[0].Key}: a service does one thing with its connections; "
                + "delete one of the two lines");
        }

        if (service.Exec is null && (service.Builtin is not null || service.Redirect is not null))
        {
            RejectProgramKeys(service, service.Builtin is not null ? "builtin" : "redirect", context);
        }

        CheckTcpMux(config, context);
    }

    /// <summary>Rejects process keys where no process is launched. Those of [defaults] are for the other services.</summary>
    private static void RejectProgramKeys(ServiceConfig service, string action, LoadContext context)
    {
        foreach ((string key, Place place) in service.WrittenKeys.Where(written => NeedsProgram(written.Key)))
        {
            context.Problems.Error(place, $"{key} has no meaning with {action}: no program is launched; delete the line");
        }
    }

    private static bool NeedsProgram(string key) => KeyTable.Find(KeyPlaces.Service, key) is { NeedsProgram: true };

    private static void CheckTcpMux(MergedConfig config, LoadContext context)
    {
        ServiceConfig service = config.Service;
        if (service.TcpMux is not { Value: true } written)
        {
            return;
        }

        string? why = service switch
        {
            { Wait.Value: true } => "has no meaning with wait = true: the program accepts its connections itself; delete the line",
            { ProxyIn: not null } => "has no meaning with proxy_in: the proxy's header comes before the name of the service; "
                + "write proxy_in for the service with builtin = \"tcpmux\"",
            { Builtin.Value: Builtin.TcpMux } => "has no meaning with builtin = \"tcpmux\": it would lead to itself; delete the line",
            { Name: var name } when name.Equals("help", StringComparison.OrdinalIgnoreCase) =>
                "cannot lead to a service of this name, because HELP asks for the list of services (RFC 1078); rename the file",
            _ => null,
        };
        if (why is not null)
        {
            context.Problems.Error(written.Place, $"tcpmux {why}");
        }
    }
}
