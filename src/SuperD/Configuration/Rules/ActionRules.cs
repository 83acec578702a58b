namespace SuperD.Configuration.Rules;

/// <summary>What a service does with a connection: exactly one of exec and builtin, and only the keys that go with it.</summary>
internal static class ActionRules
{
    public static void Check(MergedConfig config, LoadContext context)
    {
        ServiceConfig service = config.Service;
        (string Key, Place? Place)[] actions = [("exec", service.Exec?.Place), ("builtin", service.Builtin?.Place)];
        (string Key, Place? Place)[] written = Array.FindAll(actions, action => action.Place is not null);

        // A key that is there but bad has its own message.
        if (written.Length == 0 && !Array.Exists(actions, action => service.MayMention(action.Key)))
        {
            context.Problems.Error(config.WholeFile, "exec is missing: a service needs a program to run; add exec = \"/path/of/the/program\"");
        }

        for (int i = 1; i < written.Length; i++)
        {
            context.Problems.Error(written[i].Place!.Value, // only those with a place were kept
                $"{written[i].Key} cannot stand beside {written[0].Key}: a service does one thing with its connections; delete one of the two lines");
        }

        if (written is [("builtin", _)])
        {
            RejectProgramKeys(service, "builtin", context);
        }

        CheckTcpMux(config, context);
    }

    /// <summary>Keys about a process have no meaning where none is launched. What [defaults] says of them is for the other services.</summary>
    private static void RejectProgramKeys(ServiceConfig service, string action, LoadContext context)
    {
        (string Key, Place? Place)[] keys =
        [
            ("argv0", service.Argv0?.Place), ("wait", service.Wait is { Value: true } wait ? wait.Place : null), ("user", service.User?.Place), ("group", service.Group?.Place),
            ("groups", service.Groups?.Place), ("umask", service.Umask?.Place), ("nice", service.Nice?.Place), ("directory", service.Directory?.Place),
            ("chroot", service.Chroot?.Place), ("env", service.Environment?.Place), ("pass_env", service.PassEnvironment?.Place), ("stderr", service.Stderr?.Place),
            ("rlimit", service.Limits.Count > 0 ? service.Limits.Values.First().Place : null), ("stop_grace", service.StopGrace?.Place),
        ];
        foreach ((string key, Place? place) in keys)
        {
            if (place is { } there)
            {
                context.Problems.Error(there, $"{key} has no meaning with {action}: superd serves the connection itself, and launches no program; delete the line");
            }
        }
    }

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
