using System.Collections.Immutable;

namespace SuperD.Configuration.Rules;

/// <summary>env and pass_env: the part of a handler's environment that does not depend on the connection.</summary>
internal static class EnvironmentRules
{
    /// <summary>Of most services: one array for all.</summary>
    private static readonly ImmutableArray<KeyValuePair<string, string>> s_usual = [KeyValuePair.Create("PATH", ExecRules.DefaultPath)];

    /// <summary>A usual PATH, then what pass_env finds in superd's environment, then env; a later one replaces an earlier one of its name.</summary>
    public static ImmutableArray<KeyValuePair<string, string>> Resolve(MergedConfig config, HostContext host)
    {
        List<KeyValuePair<string, string>> variables = [.. s_usual];
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

        return variables.SequenceEqual(s_usual) ? s_usual : [.. variables];
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
