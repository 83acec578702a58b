using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>env and pass_env: the variables that do not depend on the connection.</summary>
internal static class EnvironmentRules
{
    /// <summary>A default PATH, then the variables of pass_env that superd has, then env; a later one replaces an earlier one.</summary>
    public static ValueArray<EnvironmentVariable> Resolve(MergedConfig config, HostContext host)
    {
        var variables = new List<EnvironmentVariable> { new("PATH", ExecRules.DefaultPath) };
        foreach (Written<string> name in config.Value(keys => keys.PassEnvironment, []))
        {
            if (host.Variable(name.Value) is { } value)
            {
                Set(variables, new EnvironmentVariable(name.Value, value));
            }
        }

        foreach (Written<KeyValuePair<string, string>> variable in config.Environment())
        {
            Set(variables, new EnvironmentVariable(variable.Value.Key, variable.Value.Value));
        }

        return [.. variables];
    }

    private static void Set(List<EnvironmentVariable> variables, EnvironmentVariable variable)
    {
        int index = variables.FindIndex(known => known.Name == variable.Name);
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
