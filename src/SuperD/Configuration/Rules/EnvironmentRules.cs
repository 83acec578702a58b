using System.Collections.Immutable;

namespace SuperD.Configuration.Rules;

/// <summary>env and pass_env: the part of a handler's environment that does not depend on the connection.</summary>
internal static class EnvironmentRules
{
    /// <summary>A usual PATH, then what pass_env finds in superd's environment, then env; a later one replaces an earlier one of its name.</summary>
    public static ImmutableArray<KeyValuePair<string, string>> Resolve(MergedConfig config, HostContext host)
    {
        var variables = new List<KeyValuePair<string, string>> { KeyValuePair.Create("PATH", ExecRules.DefaultPath) };
        foreach (Written<string> name in config.Value(keys => keys.PassEnvironment, []))
        {
            if (host.Variable(name.Value) is { } value)
            {
                Set(variables, KeyValuePair.Create(name.Value, value));
            }
        }

        foreach (Written<KeyValuePair<string, string>> variable in config.Environment())
        {
            Set(variables, variable.Value);
        }

        return [.. variables];
    }

    private static void Set(List<KeyValuePair<string, string>> variables, KeyValuePair<string, string> variable)
    {
        int index = variables.FindIndex(known => known.Key == variable.Key);
        if (index < 0)
        {
            variables.Add(variable);
        }
        else
        {
            variables[index] = variable;
        }
    }
}
