namespace SuperD.Configuration.Rules;

/// <summary>redirect, connect_timeout and proxy_out.</summary>
internal static class RedirectRules
{
    /// <summary>The redirect; null when the service has none or a bad one (reported).</summary>
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
            ConnectTimeout = DurationRules.Positive(config, config.Pick(keys => keys.ConnectTimeout), "connect_timeout", context)
                ?? RedirectDefinition.DefaultConnectTimeout,
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
