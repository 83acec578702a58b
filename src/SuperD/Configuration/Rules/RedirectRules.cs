namespace SuperD.Configuration.Rules;

/// <summary>redirect and what goes with it: where to, how long to try, and what the backend is told.</summary>
internal static class RedirectRules
{
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

        return new RedirectDefinition
        {
            Backend = redirect.Value,
            ConnectTimeout = DurationRules.Positive(config, config.Pick(keys => keys.ConnectTimeout), "connect_timeout", context) ?? RedirectDefinition.DefaultConnectTimeout,
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
