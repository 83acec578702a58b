namespace SuperD.Configuration.Rules;

/// <summary>redirect and what goes with it: a service that relays, and launches no program.</summary>
internal static class RedirectRules
{
    /// <summary>What is said of a program, which a redirect service has not; that of [defaults] is for the other services.</summary>
    private static readonly string[] KeysOfPrograms =
    [
        "argv0", "wait", "user", "group", "groups", "umask", "nice", "directory", "chroot", "env", "pass_env", "rlimit", "stderr", "stop_grace", "penalty",
        "run_timeout", "first_byte_timeout", "orphans", "close",
    ];

    /// <summary>Null when the service has no redirect, or a bad one (and reported).</summary>
    public static RedirectDefinition? Resolve(MergedConfig config, LoadContext context)
    {
        ServiceConfig service = config.Service;
        if (service.Redirect is not { } redirect)
        {
            RefuseWithout(service, "proxy_out", context);
            RefuseWithout(service, "connect_timeout", context);
            return null;
        }

        if (service.Exec is { } exec)
        {
            context.Problems.Error(redirect.Place, $"redirect and exec ({exec.Place}) exclude each other: a connection goes to one of them; delete one of the two lines");
        }

        foreach ((string key, Place place) in service.WrittenKeys.Where(written => KeysOfPrograms.Contains(written.Key)))
        {
            context.Problems.Error(place, $"{key} has no meaning with redirect: no program is launched; delete the line");
        }

        return new RedirectDefinition
        {
            Backend = redirect.Value,
            ConnectTimeout = EndingRules.Positive(config, config.Pick(keys => keys.ConnectTimeout), "connect_timeout", context) ?? RedirectDefinition.DefaultConnectTimeout,
            ProxyOut = service.ProxyOut?.Value,
        };
    }

    private static void RefuseWithout(ServiceConfig service, string key, LoadContext context)
    {
        foreach ((_, Place place) in service.WrittenKeys.Where(written => written.Key == key && !service.MayMention("redirect")))
        {
            context.Problems.Error(place, $"{key} has no meaning without redirect; delete the line");
        }
    }
}
