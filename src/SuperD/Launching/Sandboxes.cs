using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Loop;

namespace SuperD.Launching;

/// <summary>Makes the sandbox of a definition at its first launch, and anew when one of its paths leads elsewhere. Loop only.</summary>
/// <remarks>
/// A rule of Landlock belongs to the file that its path led to. Therefore a launch has the paths looked at, at most once a second, and
/// waits for the answer. Paths are opened and looked at beside the loop, because a file system may hang: then only launches in this sandbox
/// wait. A reload forgets all sandboxes, so that the next launches make them anew.
/// </remarks>
/// <param name="answered">Called when a sandbox was made or looked at: launches that got null from <see cref="Find"/> try again.</param>
/// <param name="notifies">Whether the filters report what they refuse, see <see cref="SandboxExplainer"/>.</param>
internal sealed class Sandboxes(EventLoop loop, Action answered, bool notifies)
{
    private const long LookEveryMs = 1000;

    /// <summary>By reference: equal definitions of one load are one object.</summary>
    private readonly Dictionary<SandboxDefinition, Place> _places = new(ReferenceEqualityComparer.Instance);

    /// <summary>Services have few different filters.</summary>
    private readonly Dictionary<(SandboxProfile, bool, ValueArray<string>), SystemCallFilter> _filters = [];

    /// <summary>How many rulesets are open.</summary>
    public int Descriptors => _places.Values.Count(place => place.Sandbox is { Ruleset: not null });

    /// <summary>The sandbox of a launch, or why there is none; null while it is being made or looked at.</summary>
    public SandboxAnswer? Find(SandboxDefinition definition)
    {
        loop.AssertOnLoop();
        if (!_places.TryGetValue(definition, out Place? place))
        {
            place = new Place(definition);
            _places.Add(definition, place);
        }

        if (place.IsAsking)
        {
            return null;
        }

        if (place.Failure is { } failure)
        {
            return new SandboxAnswer(null, failure);
        }

        if (place.Sandbox is { } sandbox && (sandbox.Ruleset is null || loop.NowMs - place.LookedMs < LookEveryMs))
        {
            return new SandboxAnswer(sandbox, default);
        }

        Ask(place);
        return null;
    }

    /// <summary>Forgets the sandbox of a definition that is no longer in force.</summary>
    public void Forget(SandboxDefinition definition)
    {
        if (_places.Remove(definition, out Place? place))
        {
            place.Sandbox?.Dispose();
        }
    }

    /// <summary>Forgets all of them.</summary>
    public void ForgetAll()
    {
        foreach (Place place in _places.Values)
        {
            place.Sandbox?.Dispose();
        }

        _places.Clear();
        _filters.Clear();
    }

    private void Ask(Place place)
    {
        place.IsAsking = true;
        SandboxDefinition definition = place.Definition;
        LandlockRuleset? present = place.Sandbox?.Ruleset;
        SystemCallFilter? filter = _filters.GetValueOrDefault(KeyOf(definition));
        BesideLoop.Run("look at the paths of a sandbox", () =>
        {
            if (present?.IsCurrent() == true)
            {
                loop.Post(() => OnLooked(place));
                return;
            }

            LandlockError? error = TryMakeRuleset(definition, out LandlockRuleset? ruleset);
            filter ??= MakeFilter(definition);
            loop.Post(() => OnMade(place, ruleset, filter, error));
        });
    }

    private void OnLooked(Place place)
    {
        place.IsAsking = false;
        place.LookedMs = loop.NowMs;
        answered();
    }

    private void OnMade(Place place, LandlockRuleset? ruleset, SystemCallFilter? filter, LandlockError? error)
    {
        place.IsAsking = false;
        place.Sandbox?.Dispose();
        place.Sandbox = error is null ? new Sandbox(ruleset, filter) : null;
        place.Failure = error;
        place.LookedMs = loop.NowMs;
        if (filter is not null)
        {
            _filters[KeyOf(place.Definition)] = filter;
        }

        bool isKept = _places.TryGetValue(place.Definition, out Place? kept) && kept == place;
        if (!isKept)
        {
            place.Sandbox?.Dispose(); // a reload has come meanwhile; the launches that wait ask again
        }

        answered();
        place.Failure = null; // the launches that waited have failed; the next one tries again
    }

    /// <summary>Makes the ruleset, unless the service may run without and has to.</summary>
    private static LandlockError? TryMakeRuleset(SandboxDefinition definition, out LandlockRuleset? ruleset)
    {
        ruleset = null;
        return definition.Missing.HasFlag(SandboxPromises.Files) ? null : LandlockRuleset.Create(
            [.. SandboxFiles.Of(definition)],
            definition.Root.Length == 0 ? null : definition.Root,
            networkOff: !definition.HasNetwork,
            out ruleset);
    }

    private SystemCallFilter? MakeFilter(SandboxDefinition definition) =>
        definition.Missing.HasFlag(SandboxPromises.SystemCalls) ? null : SystemCallFilter.Compile(SandboxPolicy.Of(definition), notifies);

    private static (SandboxProfile, bool, ValueArray<string>) KeyOf(SandboxDefinition definition) =>
        (definition.Profile, definition.HasNetwork, definition.SystemCalls);

    /// <summary>A definition and what has been made of it.</summary>
    private sealed class Place(SandboxDefinition definition)
    {
        public SandboxDefinition Definition => definition;

        public Sandbox? Sandbox { get; set; }

        /// <summary>Why it could not be made; set only while the launches are told that waited for it.</summary>
        public LandlockError? Failure { get; set; }

        /// <summary>Whether it is being made or looked at.</summary>
        public bool IsAsking { get; set; }

        public long LookedMs { get; set; }
    }
}

/// <summary>The sandbox of a launch.</summary>
/// <param name="Sandbox">Null when it could not be made.</param>
/// <param name="Error">Why it could not be made.</param>
internal readonly record struct SandboxAnswer(Sandbox? Sandbox, LandlockError Error);
