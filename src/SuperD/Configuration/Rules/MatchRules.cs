using System.Collections.Immutable;
using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>match: what a service is for the clients of each rule, with every check that exec and env have.</summary>
internal static class MatchRules
{
    /// <summary>Adds the variants of the rules to a definition that is otherwise complete.</summary>
    public static ServiceDefinition Apply(ServiceDefinition definition, MergedConfig config, LoadContext context)
    {
        if (config.Service is not { Match: { } match, Exec: not null })
        {
            return definition; // ActionRules and AdmissionRules report a match without a program
        }

        if (definition.Wait)
        {
            context.Problems.Error(
                match.Place, "match has no meaning with wait = true: one program serves all clients; delete the line");
            return definition;
        }

        var variants = ImmutableArray.CreateBuilder<ServiceDefinition?>(match.Value.Length);
        foreach (Written<MatchConfig> rule in match.Value)
        {
            variants.Add(VariantOf(definition, rule.Value, config, context));
        }

        WarnOfUnreachable(match.Value, definition.Admission.Match, context);
        return definition with { Variants = variants.ToImmutable() };
    }

    private static ServiceDefinition? VariantOf(
        ServiceDefinition definition, MatchConfig rule, MergedConfig config, LoadContext context)
    {
        if (rule is { Exec: null, Environment.IsEmpty: true })
        {
            return null;
        }

        foreach (Written<KeyValuePair<string, string>> variable in rule.Environment)
        {
            PlaceholderRules.Check($"match.env.{variable.Value.Key}", variable.Value.Value, variable.Place, config, context);
        }

        ProcessDefinition process = context.Share(definition.Process with
        {
            Environment = EnvironmentRules.Over(definition.Process.Environment, rule.Environment),
        });
        if (rule.Exec is not { } exec)
        {
            SandboxDefinition? sandbox =
                SandboxRules.Resolve(config, config.Service.Exec!, definition.Executable, definition.Argv0, process, context); // see Apply
            return definition with { Process = process, Sandbox = sandbox };
        }

        foreach (string argument in exec.Value.Skip(1))
        {
            PlaceholderRules.Check("match.exec", argument, exec.Place, config, context);
        }

        string executable = context.Share(ExecRules.ResolveExecutable(config, exec, process, context));
        string argv0 = context.Share(Path.GetFileName(executable));
        return definition with
        {
            Process = process,
            Executable = executable,
            Argv0 = argv0,
            Arguments = exec.Value.RemoveAt(0),
            Sandbox = SandboxRules.Resolve(config, exec, executable, argv0, process, context),
        };
    }

    /// <summary>Warns of rules whose every item is inside an item of an earlier rule.</summary>
    private static void WarnOfUnreachable(
        ImmutableArray<Written<MatchConfig>> rules, ValueArray<AddressListDefinition> lists, LoadContext context)
    {
        var earlier = new ClientCover();
        for (int i = 0; i < lists.Length; i++)
        {
            if (earlier.Covers(lists[i]))
            {
                context.Problems.Warning(
                    rules[i].Place,
                    $"match: rule {i + 1} never applies, because rules before it have all its clients; move it up, or remove it");
            }

            earlier.Add(lists[i]);
        }
    }
}
