using System.Reflection;
using System.Security;
using System.Text.RegularExpressions;
using ArchUnitNET.Domain;
using ArchUnitNET.Fluent;
using ArchUnitNET.Loader;
using ArchUnitNET.NUnit;
using NUnit.Framework;
using SuperD.Linux;
using Assembly = System.Reflection.Assembly;

namespace SuperD.Tests.Architecture;

/// <summary>The house that superd lives in: who may use whom, as src/docs/architecture.md tells it.</summary>
public sealed class ArchitectureTests
{
    private const string Conductor = "";

    private static readonly string[] s_foundation = ["Services", "Configuration", "Loop", "Logging", "Linux"];

    /// <summary>Each does one thing with a connection, and none knows another.</summary>
    private static readonly string[] s_stages =
        ["Listening", "Admission", "ProxyProtocol", "Launching", "Relaying", "Conversing", "Reaping", "Ending"];

    /// <summary>These may know several stages, like the conductor.</summary>
    private static readonly string[] s_composers = ["Control", "Reloading", "Upgrading", "ServiceManager"];

    /// <summary>The types right in the conductor's folder that join stages.</summary>
    private static readonly string[] s_conductors =
    [
        nameof(SuperServer),
        nameof(Handlers),
        nameof(ConnectionRecords),
        nameof(BuiltinDatagrams),
        nameof(RunningHandler),
        nameof(HandlersHandover),
    ];

    private static readonly FolderTable s_table = new(
        "SuperD",
        everybodys: "SuperD.Sequence", // stands right in the root, so that every folder finds it before System.Linq
        ("Linux", []),
        ("Loop", ["Linux"]),
        ("Configuration", ["Linux"]),
        ("Importing", ["Configuration", "Linux"]), // systemd's own words for limits and signals are the kernel's
        ("Services", ["Configuration", "Loop", "Linux"]),
        ("Logging", ["Services", "Configuration", "Loop", "Linux"]),
        ("Listening", s_foundation),
        ("Admission", s_foundation),
        ("ProxyProtocol", s_foundation),
        ("Launching", s_foundation),
        ("Relaying", [.. s_foundation, "ProxyProtocol"]), // it writes a header
        ("Conversing", s_foundation),
        ("Reaping", s_foundation),
        ("Ending", s_foundation),
        ("Control.Messages", ["Logging"]), // what is printable in the log is printable on the console
        ("ServiceManager", [.. s_foundation, .. s_stages]),
        ("Reloading", [.. s_foundation, .. s_stages, "ServiceManager", "Control.Messages"]),
        ("Control", [.. s_foundation, .. s_stages, "Control.Messages", "Reloading", "ServiceManager"]),
        // The conductor's folder: Handlers have a part of the handover too.
        ("Upgrading", [.. s_foundation, .. s_stages, "Control", "Control.Messages", "Reloading", "ServiceManager", Conductor]),
        (Conductor, [.. s_foundation, .. s_stages, .. s_composers, "Control.Messages"]),
        ("Cli", [.. s_foundation, .. s_stages, .. s_composers, "Control.Messages", "Importing", Conductor]));

    private static readonly FolderTable s_fixture = new("SuperD.Tests.Architecture.Fixture", null, ("Low", []), ("High", ["Low"]));

    private static readonly ArchUnitNET.Domain.Architecture s_superd =
        new ArchLoader().LoadAssemblies(typeof(SuperServer).Assembly, typeof(Fd).Assembly).Build();

    private static readonly ArchUnitNET.Domain.Architecture s_tests =
        new ArchLoader().LoadAssemblies(typeof(ArchitectureTests).Assembly).Build();

    private static IEnumerable<string> Folders => s_table.Folders;

    [TestCaseSource(nameof(Folders))]
    public void A_folder_uses_only_those_in_its_row_of_the_table(string folder) => s_table.RuleFor(folder).Check(s_superd);

    [Test]
    public void Every_folder_has_its_row_in_the_table()
    {
        IEnumerable<string> unknown = s_superd.Types
            .Where(type => type.Namespace.FullName.StartsWith("SuperD", StringComparison.Ordinal) && s_table.FolderOf(type) is null)
            .Select(type => type.FullName);

        Assert.That(unknown, Is.EqualTo(["SuperD.Sequence"]));
    }

    [Test]
    public void No_folder_uses_itself_by_a_detour()
    {
        // The conductor's own folder is left out: the upgrade hands over its part, and it starts the upgrade.
        Assert.That(CycleIn(s_table.Arrows(s_superd).Where(arrow => arrow.From != Conductor && arrow.To != Conductor)), Is.Empty);
    }

    [Test]
    public void Only_the_conductor_and_the_composers_join_stages()
    {
        IEnumerable<string> joining = s_superd.Types
            .Where(type => s_table.FolderOf(type) is { } folder && !s_composers.Contains(folder) && folder != "Cli")
            .Where(type => StagesUsedBy(type).Count() > (s_stages.Contains(s_table.FolderOf(type)) ? 0 : 1))
            .Where(type => !s_conductors.Any(name => Regex.IsMatch(type.FullName, $@"^SuperD\.{name}\b")))
            .Select(type => $"{type.FullName} joins {string.Join(", ", StagesUsedBy(type))}");

        Assert.That(joining, Is.Empty);
    }

    [Test]
    public void Only_the_ground_has_unsafe_code_and_calls_libc()
    {
        Assert.That(HasUnsafeCode(typeof(SuperServer).Assembly), Is.False);
        Assert.That(NativeMethodsOf(typeof(SuperServer).Assembly), Is.Empty);

        // And the test can tell.
        Assert.That(HasUnsafeCode(typeof(Fd).Assembly), Is.True);
        Assert.That(NativeMethodsOf(typeof(Fd).Assembly), Is.Not.Empty);
    }

    [Test]
    public void An_arrow_that_is_not_in_the_table_is_found()
    {
        EvaluationResult[] failed = [.. s_fixture.RuleFor("Low").Evaluate(s_tests).Where(result => !result.Passed)];

        Assert.That(failed.Select(result => result.EvaluatedObject), Has.One.With.Property("Name").EqualTo("WrongArrow"));
        Assert.That(s_fixture.RuleFor("High").HasNoViolations(s_tests), Is.True);
    }

    [Test]
    public void A_detour_is_found()
    {
        IEnumerable<(string, string)> cycle = CycleIn(s_fixture.Arrows(s_tests)).Select(arrow => (arrow.From, arrow.To));

        Assert.That(cycle, Is.EquivalentTo([("Low", "High"), ("High", "Low")]));
    }

    private static IEnumerable<string> StagesUsedBy(IType type) => type.Dependencies
        .Select(dependency => s_table.FolderOf(dependency.Target))
        .OfType<string>()
        .Where(folder => s_stages.Contains(folder) && folder != s_table.FolderOf(type))
        .Where(folder => (s_table.FolderOf(type), folder) != ("Relaying", "ProxyProtocol"))
        .Distinct();

    /// <summary>The arrows that lie in a cycle; none when no arrow does.</summary>
    private static List<FolderArrow> CycleIn(IEnumerable<FolderArrow> arrows)
    {
        List<FolderArrow> left = [.. arrows];

        // An arrow from a folder that no other leads to, or to one that no other leaves, is in no cycle.
        while (left.RemoveAll(arrow => !left.Exists(other => other.To == arrow.From) || !left.Exists(other => other.From == arrow.To)) > 0)
        {
        }

        return left;
    }

    /// <summary>The compiler marks a module that may contain unsafe code.</summary>
    private static bool HasUnsafeCode(Assembly assembly) => assembly.ManifestModule.IsDefined(typeof(UnverifiableCodeAttribute));

    private static IEnumerable<string> NativeMethodsOf(Assembly assembly) => assembly.GetTypes()
        .SelectMany(type => type.GetMethods(BindingFlags.DeclaredOnly | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
        .Where(method => method.Attributes.HasFlag(MethodAttributes.PinvokeImpl))
        .Select(method => $"{method.DeclaringType}.{method.Name}");
}
