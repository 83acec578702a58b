using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>env and pass_env: the variables that do not depend on the connection.</summary>
internal static class EnvironmentRules
{
    /// <summary>A default PATH, then the variables of pass_env that superd has, then env; a later one replaces an earlier one.</summary>
    public static ValueArray<EnvironmentVariable> Resolve(MergedConfig config, LoadContext context)
    {
        var variables = new List<EnvironmentVariable> { new("PATH", ExecRules.DefaultPath) };
        foreach (Written<string> name in config.Value(keys => keys.PassEnvironment, []))
        {
            if (context.Host.Variable(name.Value) is { } value)
            {
                Set(variables, new EnvironmentVariable(name.Value, value));
            }
        }

        foreach (Written<KeyValuePair<string, string>> variable in config.Environment())
        {
            WarnOfHome(config, variable, context);
            Set(variables, new EnvironmentVariable(variable.Value.Key, variable.Value.Value));
        }

        return [.. variables];
    }

    /// <summary>A handler's PATH is searched as it stands, by env(1) too.</summary>
    private static void WarnOfHome(MergedConfig config, Written<KeyValuePair<string, string>> variable, LoadContext context)
    {
        (string name, string value) = (variable.Value.Key, variable.Value.Value);
        if (name == "PATH"
            && value.Split(':').Select(path => Unexpanded.Of(path, home: null, context.Host)).FirstOrDefault(path => path is not null)
                is { } unexpanded)
        {
            context.Problems.Warning(
                config.Blame(variable), $"env.PATH{config.Origin(variable)}: {unexpanded.Advice(path => Wording.QuoteWhole(path))}");
        }
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
