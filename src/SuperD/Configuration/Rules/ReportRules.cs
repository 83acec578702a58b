namespace SuperD.Configuration.Rules;

/// <summary>The builtins that report on superd itself: health, metrics and agent.</summary>
internal static class ReportRules
{
    /// <summary>Whether a service is one of them. It is for those who watch this machine, so a port alone means loopback.</summary>
    public static bool IsReport(ServiceConfig service) =>
        service.Builtin is { Value: Builtin.Health or Builtin.Metrics or Builtin.Agent or Builtin.Web };

    /// <summary>Reports an <c>agent_for</c> without an agent, or for a service that does not exist.</summary>
    public static void Check(IReadOnlyList<ServiceDraft> drafts, Problems problems)
    {
        foreach (ServiceDraft draft in drafts)
        {
            if (draft.Config.AgentFor is not { } named)
            {
                continue;
            }

            bool isAgent = draft.Config.Builtin is { Value: Builtin.Agent }
                || (draft.Config.Builtin is null && draft.Config.MayMention("builtin"));
            if (!isAgent)
            {
                problems.Error(named.Place, "agent_for has no meaning without builtin = \"agent\"; delete the line");
            }
            else if (!drafts.Any(other => other.Config.Name == named.Value))
            {
                string meant = NearestName.Find(named.Value, drafts.Select(other => other.Config.Name)) is { } near
                    ? $"did you mean '{near}'?"
                    : "write the name of a service file without .toml, or delete the line to tell of superd as a whole";
                problems.Error(named.Place, $"agent_for names {Wording.Quote(named.Value)}, and there is no such service; {meant}");
            }
        }
    }
}
