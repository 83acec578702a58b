namespace SuperD.Configuration.Rules;

/// <summary>redirect and what goes with it: a service that relays, and launches no program.</summary>
internal static class RedirectRules
{
    /// <summary>What is said of a program, which a redirect service has not; that of [defaults] is for the other services.</summary>
    private static readonly string[] KeysOfPrograms =
    [
        "argv0", "wait", "user", "group", "groups", "umask", "nice", "directory", "chroot", "env", "pass_env", "rlimit", "stderr", "stop_grace", "penalty",
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
            ConnectTimeout = Positive(config, config.Pick(keys => keys.ConnectTimeout), "connect_timeout", context) ?? RedirectDefinition.DefaultConnectTimeout,
            ProxyOut = service.ProxyOut?.Value,
        };
    }

    /// <summary>The limit of silence, for the services superd can see it of: those whose bytes pass through superd itself.</summary>
    public static TimeSpan? ResolveIdleTimeout(MergedConfig config, LoadContext context)
    {
        if (config.Service.Redirect is not null)
        {
            return Positive(config, config.Pick(keys => keys.IdleTimeout), "idle_timeout", context);
        }

        RefuseWithout(config.Service, "idle_timeout", context);
        return null;
    }

    private static TimeSpan? Positive(MergedConfig config, Written<TimeSpan>? time, string key, LoadContext context)
    {
        if (time is { Value.Ticks: 0 })
        {
            context.Problems.Error(config.Blame(time), $"{key}{config.Origin(time)} must be longer than 0s, or no connection could live; delete the line for the default");
        }

        return time?.Value;
    }

    private static void RefuseWithout(ServiceConfig service, string key, LoadContext context)
    {
        foreach ((_, Place place) in service.WrittenKeys.Where(written => written.Key == key && !service.MayMention("redirect")))
        {
            context.Problems.Error(place, $"{key} has no meaning without redirect; delete the line");
        }
    }
}
