using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>login_env, pass_env and env: the variables of a service.</summary>
internal static class EnvironmentRules
{
    /// <summary>
    /// A default PATH, those of the user's login, then the variables of pass_env that superd has, then env; a later one replaces an earlier
    /// one.
    /// </summary>
    public static ValueArray<EnvironmentVariable> Resolve(MergedConfig config, LoadContext context)
    {
        var variables = new List<EnvironmentVariable> { new("PATH", ExecRules.DefaultPath) };
        AddLogin(variables, config, context);
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
        }

        return Over([.. variables], config.Environment());
    }

    /// <summary>Other variables over those of a service.</summary>
    public static ValueArray<EnvironmentVariable> Over(
        ValueArray<EnvironmentVariable> environment, IEnumerable<Written<KeyValuePair<string, string>>> variables)
    {
        List<EnvironmentVariable> merged = [.. environment];
        foreach (Written<KeyValuePair<string, string>> variable in variables)
        {
            Set(merged, new EnvironmentVariable(variable.Value.Key, variable.Value.Value));
        }

        return [.. merged];
    }

    /// <summary>Adds what passwd says of the user; nothing for a number without an entry.</summary>
    private static void AddLogin(List<EnvironmentVariable> variables, MergedConfig config, LoadContext context)
    {
        if (config.Pick(keys => keys.User) is not { } user)
        {
            if (config.Service.LoginEnvironment is { Value: true } written)
            {
                context.Problems.Warning(written.Place, "login_env has no effect without user; add user = ..., or delete the line");
            }

            return;
        }

        if (!DynamicUserRules.IsMeant(user)
            && config.Value(keys => keys.LoginEnvironment, true)
            && context.FindUser(user.Value, out _) is { } account)
        {
            variables.Add(new EnvironmentVariable("HOME", account.Home));
            variables.Add(new EnvironmentVariable("USER", account.Name));
            variables.Add(new EnvironmentVariable("LOGNAME", account.Name));
            variables.Add(new EnvironmentVariable("SHELL", account.Shell));
        }
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
