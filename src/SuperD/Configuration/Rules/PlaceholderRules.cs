namespace SuperD.Configuration.Rules;

/// <summary>Placeholders in exec and env: warns of words that are nearly one, and rejects those that can have no value.</summary>
internal static class PlaceholderRules
{
    /// <summary>Checks the arguments of exec and the variables of env. Inherited variables are meant for all kinds of services.</summary>
    public static void Check(MergedConfig config, LoadContext context)
    {
        if (config.Service.Exec is not { } exec)
        {
            return;
        }

        foreach (string argument in exec.Value.Skip(1))
        {
            Check("exec", argument, exec.Place, config, context);
        }

        foreach (Written<KeyValuePair<string, string>> variable in config.Service.Environment?.Value ?? [])
        {
            Check($"env.{variable.Value.Key}", variable.Value.Value, variable.Place, config, context);
        }
    }

    /// <summary>Checks one text of the service itself.</summary>
    /// <param name="key">What it belongs to, as messages name it.</param>
    public static void Check(string key, string text, Place place, MergedConfig config, LoadContext context)
    {
        foreach ((string written, string meant) in LaunchText.NearMisses(text))
        {
            context.Problems.Warning(
                place, $"{key}: {written} is no placeholder, and the program gets it as it is written; did you mean {meant}?");
        }

        foreach (LaunchPlaceholder placeholder in LaunchText.In(text))
        {
            if (WhyNone(placeholder, config) is { } why)
            {
                context.Problems.Error(place, $"{key}: {LaunchText.Show(placeholder)} can have no value here: {why}; remove it");
            }
        }
    }

    private static string? WhyNone(LaunchPlaceholder placeholder, MergedConfig config)
    {
        bool isOfPeer = placeholder is LaunchPlaceholder.PeerAddress or LaunchPlaceholder.PeerPort;
        bool isPort = placeholder is LaunchPlaceholder.PeerPort or LaunchPlaceholder.LocalPort;
        ServiceConfig service = config.Service;
        return isOfPeer && service.Wait is { Value: true } && !DatagramRules.IsDatagrams(config)
                ? "with wait = true the program accepts its clients itself, and superd does not see them"
            : isPort && service.ProxyIn is null && service.Listen is { } listen
                && listen.Value.All(address => address.Value.Transport == Transport.Unix)
                ? "a Unix-domain socket has no port"
            : null;
    }
}
