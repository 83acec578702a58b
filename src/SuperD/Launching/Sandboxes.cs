using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Loop;

namespace SuperD.Launching;

/// <summary>Makes the sandbox of a definition at its first launch, and anew when one of its paths leads elsewhere. Loop only.</summary>
/// <remarks>
/// A rule of Landlock, and a mount of a jail, belongs to the file that its path led to. Therefore a launch has the paths looked at, at most
/// once a second, and waits for the answer. Paths are opened and looked at beside the loop, because a file system may hang: then only
/// launches in this sandbox wait. A reload forgets all sandboxes, so that the next launches make them anew; a jail that would be the same
/// again is kept (<see cref="SpareJails"/>), because its processes share what is in its namespaces.
/// </remarks>
/// <param name="answered">Called when a sandbox was made or looked at: launches that got null from <see cref="Find"/> try again.</param>
/// <param name="jails">Makes jails.</param>
/// <param name="notifies">Whether the filters report what they refuse, see <see cref="SandboxExplainer"/>.</param>
internal sealed class Sandboxes(EventLoop loop, Action answered, JailBuilder jails, bool notifies)
{
    private const long LookEveryMs = 1000;

    /// <summary>By reference: equal definitions of one load are one object.</summary>
    private readonly Dictionary<SandboxDefinition, Place> _places = new(ReferenceEqualityComparer.Instance);

    /// <summary>Services have few different filters.</summary>
    private readonly Dictionary<(SandboxProfile, bool, ValueArray<string>), SystemCallFilter> _filters = [];

    private readonly SpareJails _spares = new();

    /// <summary>Those of the configuration that is in force.</summary>
    private IReadOnlyList<SandboxDefinition> _inForce = [];

    /// <summary>How many descriptors sandboxes have open.</summary>
    public int Descriptors => _places.Values.Sum(place => place.Sandbox?.Descriptors ?? 0) + _spares.Descriptors;

    /// <summary>The jails, for the next version.</summary>
    public IEnumerable<JailTemplate> Jails => _places.Values.Select(place => place.Sandbox?.Jail).OfType<JailTemplate>().Concat(_spares);

    /// <summary>The sandbox of a launch, or why there is none; null while it is being made or looked at.</summary>
    public SandboxAnswer? Find(SandboxDefinition definition)
    {
        loop.AssertOnLoop();
        Place place = PlaceOf(definition);
        if (place.IsAsking)
        {
            return null;
        }

        if (place.Failure is { } failure)
        {
            return new SandboxAnswer(null, failure);
        }

        if (place.Sandbox is { } sandbox
            && ((sandbox.Ruleset is null && sandbox.Jail is null) || loop.NowMs - place.LookedMs < LookEveryMs))
        {
            return new SandboxAnswer(sandbox, default);
        }

        Ask(place, builds: true);
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

    /// <summary>A reload has come: forgets all of them, except jails that services still have.</summary>
    /// <param name="inForce">The sandboxes of the new configuration.</param>
    public void Succeed(IEnumerable<SandboxDefinition> inForce)
    {
        _inForce = [.. inForce.Distinct<SandboxDefinition>(ReferenceEqualityComparer.Instance)];
        foreach (Sandbox sandbox in _places.Values.Select(place => place.Sandbox).OfType<Sandbox>())
        {
            _spares.Add(sandbox.TakeJail());
            sandbox.Dispose();
        }

        _places.Clear();
        _filters.Clear();
        UseSpares();
    }

    /// <summary>Takes over the jails of the last version.</summary>
    /// <param name="handed">Null for one that must be made anew.</param>
    public void Inherit(IEnumerable<JailTemplate?> handed)
    {
        foreach (JailTemplate? jail in handed)
        {
            _spares.Add(jail);
        }

        UseSpares();
    }

    /// <summary>Finds out which definition has which spare jail, and closes those that none has.</summary>
    private void UseSpares()
    {
        SandboxDefinition[] wanting = _spares.IsEmpty ? [] : [.. _inForce.Where(one => one.Jail is not null)];
        Action looked = _spares.CloseAfter(wanting.Length);
        foreach (SandboxDefinition definition in wanting)
        {
            Place place = PlaceOf(definition);
            place.Looked = looked;
            if (!place.IsAsking)
            {
                Ask(place, builds: false);
            }
        }
    }

    private Place PlaceOf(SandboxDefinition definition)
    {
        if (!_places.TryGetValue(definition, out Place? place))
        {
            place = new Place(definition);
            _places.Add(definition, place);
        }

        return place;
    }

    /// <summary>Looks at the paths beside the loop, and makes what is not as it was.</summary>
    /// <param name="builds">Whether a jail is made if there is no spare one.</param>
    private void Ask(Place place, bool builds)
    {
        place.IsAsking = true;
        SandboxDefinition definition = place.Definition;
        LandlockRuleset? present = place.Sandbox?.Ruleset;
        string? presentJail = place.Sandbox?.Jail?.Text;
        SystemCallFilter? filter = _filters.GetValueOrDefault(KeyOf(definition));
        BesideLoop.Run("look at the paths of a sandbox", () =>
        {
            JailLayout? layout = null;
            LandlockError? error =
                definition.Jail is { } jail ? JailLayout.Find(SandboxFiles.JailOf(definition, jail), out layout) : null;
            bool isSame = definition.Jail is null ? present?.IsCurrent() == true : layout is not null && layout.Text == presentJail;
            if (isSame)
            {
                loop.Post(() => OnLooked(place));
                return;
            }

            if (error is null && layout?.Spec.Users is { } users && UserNamespace.Make(users) is { } obstacle)
            {
                error = new LandlockError(obstacle.Step, obstacle.Errno);
            }

            LandlockRuleset? ruleset = null;
            error ??= layout is not null ? null : TryMakeRuleset(definition, out ruleset); // a jail's is for its root directory
            filter ??= MakeFilter(definition);
            loop.Post(() => OnFound(place, ruleset, filter, layout, error, builds));
        });
    }

    private void OnLooked(Place place)
    {
        place.IsAsking = false;
        place.LookedMs = loop.NowMs;
        place.TellLooked();
        answered();
    }

    /// <summary>All is made but the jail.</summary>
    private void OnFound(
        Place place, LandlockRuleset? ruleset, SystemCallFilter? filter, JailLayout? layout, LandlockError? error, bool builds)
    {
        JailTemplate? spare = error is null && layout is not null ? _spares.Take(layout.Text) : null;
        place.TellLooked();
        if (error is not null || layout is null || spare is not null)
        {
            OnMade(place, ruleset, filter, spare, error);
        }
        else if (builds)
        {
            jails.Build(layout, (jail, failure) => OnMade(place, ruleset, filter, jail, failure));
        }
        else
        {
            ruleset?.Dispose();
            place.IsAsking = false;
            answered();
        }
    }

    private void OnMade(Place place, LandlockRuleset? ruleset, SystemCallFilter? filter, JailTemplate? jail, LandlockError? error)
    {
        place.IsAsking = false;
        place.Sandbox?.Dispose();
        if (error is null && jail is not null)
        {
            error = LandlockRuleset.CreateForJail(jail.Root, networkOff: !place.Definition.HasNetwork, out ruleset);
        }

        place.Sandbox = error is null ? new Sandbox(ruleset, filter, jail) : null;
        if (error is not null)
        {
            ruleset?.Dispose();
            jail?.Dispose();
        }

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
        return definition.Missing.HasFlag(SandboxPromises.Files) ? null
            : LandlockRuleset.Create(
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

        /// <summary>Called once when its paths are known, for <see cref="SpareJails.CloseAfter"/>.</summary>
        public Action? Looked { get; set; }

        public void TellLooked()
        {
            Looked?.Invoke();
            Looked = null;
        }
    }
}

/// <summary>The sandbox of a launch.</summary>
/// <param name="Sandbox">Null when it could not be made.</param>
/// <param name="Error">Why it could not be made.</param>
internal readonly record struct SandboxAnswer(Sandbox? Sandbox, LandlockError Error);
